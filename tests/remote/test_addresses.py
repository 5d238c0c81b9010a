import pytest

from podcast_core.errors import InvalidInput
from podcast_core.remote.addresses import WEB, check_url, is_public

PRIVATE = [
    *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
    *("0.0.0.0", "0.1.2.3", "100.64.0.1", "100.127.255.255", "192.0.0.1", "198.18.0.1", "224.0.0.1", "239.1.2.3"),
    *("240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::10.0.0.1"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:0:0:0:0:80ff:fffe"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_the_hosts_own_network_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "52.92.1.1", "2600:1f18::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("file:///etc/passwd", "https://"),
        ("ftp://host/a.wav", "https://"),
        ("memory://a", "https://"),
        ("github://owner:repo@main/a.wav", "https://"),
        ("//host/a.wav", "https://"),
        ("a.wav", "https://"),
        ("https:///a.wav", "no host"),
        ("http://host:99999/a.wav", "cannot be read"),
        ("http://[::1/a.wav", "cannot be read"),
        ("http://ho st/a.wav", "no host"),
        ("https://user:secret@host/a.wav", "password"),
        ("s3://", "no host"),
    ],
)
def test_what_is_no_address_to_fetch_is_refused(url: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as found:
        check_url(url)
    assert "secret" not in str(found.value)


@pytest.mark.parametrize("url", ["s3://bucket/a.wav", "S3://bucket/a.wav", "zip://x::http://host/a.wav"])
def test_what_the_servers_own_key_would_open_is_no_web_address(url: str) -> None:
    with pytest.raises(InvalidInput, match="https?://"):
        check_url(url, WEB)
