import os
import socket
import threading
from collections.abc import Callable

import pytest

from podcast_core.errors import NotFound, PodcastError, StorageUnavailable
from podcast_core.remote.access import Remote
from podcast_core.storage.files import FileStore
from tests.s3 import Bucket, Fault, ProxyHandler, cut, drip, elapsed, first, hang, say

Verb = Callable[[FileStore], object]
READ: Verb = lambda files: files.read("a/b.json")  # noqa: E731
WRITE: Verb = lambda files: files.write("a/b.json", b"new")  # noqa: E731
ADD: Verb = lambda files: files.add("a/c.json", b"new")  # noqa: E731
LIST: Verb = lambda files: files.list("a")  # noqa: E731
EXISTS: Verb = lambda files: files.exists("a/b.json")  # noqa: E731


@pytest.fixture
def files(bucket: Bucket) -> FileStore:
    store = FileStore(bucket.url, Remote(bucket.settings))
    store.write("a/b.json", b"1" * 1000)
    bucket.proxy.seen.clear()
    return store


@pytest.mark.parametrize(
    ("verb", "fault"),
    [
        *((verb, say(503, "SlowDown")) for verb in (READ, WRITE, ADD, LIST, EXISTS)),
        *((READ, fault) for fault in (cut, say(500, "InternalError"), say(429, "Throttling"))),
        (LIST, cut),
    ],
)
def test_what_passes_is_tried_again_and_nobody_notices(
    files: FileStore, bucket: Bucket, verb: Verb, fault: Fault
) -> None:
    expected = verb(files)
    bucket.proxy.fault = first(2, fault)
    assert verb(files) == expected


@pytest.mark.parametrize("verb", [READ, WRITE, ADD, LIST, EXISTS])
@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (501, "NotImplemented")])
def test_what_does_not_pass_is_said_at_once(
    files: FileStore, bucket: Bucket, verb: Verb, status: int, code: str
) -> None:
    bucket.proxy.fault = say(status, code)
    with pytest.raises(StorageUnavailable, match=rf"s3://{bucket.name}/some/prefix/a.*{status}"):
        verb(files)
    assert len(bucket.proxy.seen) == 1


@pytest.mark.parametrize("verb", [READ, WRITE, LIST])
@pytest.mark.parametrize("fault", [hang, drip])
def test_a_server_that_never_finishes_is_an_error_in_time(
    files: FileStore, bucket: Bucket, verb: Verb, fault: Fault
) -> None:
    fast = bucket.settings.model_copy(update={"storage_timeout_s": 0.3, "storage_attempts": 2})
    files = FileStore(bucket.url, Remote(fast))
    assert files.exists("a/b.json")
    bucket.proxy.fault = fault

    def work() -> None:
        with pytest.raises(StorageUnavailable, match=rf"s3://{bucket.name}/some/prefix/a.*2 tries"):
            verb(files)

    assert elapsed(work) < 4


@pytest.mark.parametrize("verb", [READ, WRITE, ADD, LIST, EXISTS])
def test_a_bucket_that_vanished_is_not_an_object_that_is_missing(files: FileStore, bucket: Bucket, verb: Verb) -> None:
    bucket.vanish()
    with pytest.raises(StorageUnavailable, match=f"no bucket s3://{bucket.name}"):
        verb(files)


def test_nobody_at_the_endpoint_is_said(bucket: Bucket) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        away = bucket.settings.model_copy(update={"storage_endpoint_url": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        with pytest.raises(StorageUnavailable, match=r"s3://.*/a/b\.json.*after 3 tries.*127\.0\.0\.1"):
            FileStore(bucket.url, Remote(away)).read("a/b.json")


def test_settings_that_no_server_can_have_are_named(bucket: Bucket) -> None:
    wrong = bucket.settings.model_copy(update={"storage_endpoint_url": "my server"})
    with pytest.raises(StorageUnavailable, match=r"settings for S3.*my server"):
        FileStore(bucket.url, Remote(wrong)).read("a/b.json")


def test_a_bucket_without_credentials_says_what_to_set(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(StorageUnavailable, match="PODCAST_STORAGE_ANONYMOUS"):
        FileStore(bucket.url, Remote(bucket.settings)).read("a/b.json")
    bucket.put("some/prefix/open.txt", b"1")
    bucket.client.put_object_acl(Bucket=bucket.name, Key="some/prefix/open.txt", ACL="public-read")
    anonymous = bucket.settings.model_copy(update={"storage_anonymous": True})
    assert FileStore(bucket.url, Remote(anonymous)).read("open.txt") == b"1"


def test_an_answer_that_was_lost_does_not_make_an_added_object_another(files: FileStore, bucket: Bucket) -> None:
    def swallow(handler: ProxyHandler) -> bool:
        handler.ask()
        return say(500, "InternalError")(handler)

    bucket.proxy.fault = first(1, swallow, "PUT")
    assert files.add("a/d.json", b"first") == b"first"
    assert files.add("a/d.json", b"second") == b"first"


def test_many_objects_are_listed_page_by_page_although_pages_fail(
    files: FileStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    for number in range(25):
        bucket.put(f"some/prefix/many/{number:04d}.json", b"")
    bucket.put("some/prefix/many/folder/", b"")  # how some programs write a folder
    calls: list[str] = []

    def fail_every_second(handler: ProxyHandler) -> bool:
        calls.append("")
        return len(calls) % 2 == 1 and say(503, "SlowDown")(handler)

    bucket.proxy.fault = fail_every_second
    assert len(files.list("many")) == 25
    assert len(calls) == 6


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # this is what is tested
def test_threads_share_a_store_and_a_fork_opens_its_own(files: FileStore) -> None:
    problems: list[PodcastError] = []

    def work(number: int) -> None:
        try:
            for index in range(5):
                files.write(f"t/{number}/{index}.json", b"%d" % number)
                assert files.read(f"t/{number}/{index}.json") == b"%d" % number
        except PodcastError as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(files.list("t")) == 40
    child = os.fork()
    if not child:  # not a line of pytest may run here
        try:
            os._exit(0 if files.read("t/0/0.json") == b"0" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_missing_object_is_missing(files: FileStore) -> None:
    with pytest.raises(NotFound):
        files.read("a/nothing.json")
