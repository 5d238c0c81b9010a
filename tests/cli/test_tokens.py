import re

from podcast_core.services import access
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(workspace: Workspace, run: Run) -> None:
    status, out, err = run("token", "create", "Ann Example", "--role", "administrator", "--days", "2")
    text = out.strip()
    assert (status, "Ann Example is an administrator with it until" in err) == (0, True)
    caller = access.identify(workspace, text)
    assert (caller.person, caller.scope) == ("Ann Example", "admin")
    token_id = caller.token_id

    status, out, _ = run("token", "list")
    assert status == 0
    assert re.fullmatch(
        rf"{token_id}  administrator  Ann Example  valid, until [\d-]+, last used [\d-]+ [\d:]+ UTC\n", out
    )
    assert text.rpartition(token_id)[2] not in out

    assert run("token", "revoke", token_id) == (0, f"Token {token_id} is no longer valid.\n", "")
    assert "revoked, until" in run("token", "list")[1]
    assert run("token", "revoke", token_id)[0] == 0  # again: it is so already


def test_what_cannot_be_is_explained(run: Run) -> None:
    for arguments, said in (
        (("create", " "), "A person's name must be"),
        (("create", "Ann", "--scope", "boss"), "one of viewer, annotator, reviewer, administrator; found 'boss'"),
        (("create", "Ann", "--days", "0"), "1 to 3660 days; found 0"),
        (("revoke", "nothing"), "There is no token 'nothing'"),
    ):
        status, _, err = run("token", *arguments)
        assert (status, said in err) == (1, True), err
    assert run("token", "list") == (0, "", "")
