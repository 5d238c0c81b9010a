from podcast_core.services.people import invitations, people
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run


def test_people_are_added_changed_and_invited(workspace: Workspace, run: Run) -> None:
    assert run("people", "add", "Al", "--role", "administrator") == (0, "Al is an administrator.\n", "")
    assert run("people", "add", "Bo", "--email", "Bo@example.org")[1] == "Bo is an annotator.\n"
    assert run("people", "rename", "bo", "Bob")[1] == "Bo is called Bob now.\n"
    assert run("people", "role", "Bo", "reviewer")[1] == "Bob is a reviewer now.\n"
    assert run("people", "leave", "Bob")[0] == 0
    lines = run("people", "list")[1].splitlines()
    assert lines[0] == "administrator    Al  -  0 answers, never seen"
    assert lines[1].startswith("left 2")
    assert lines[1].endswith("  Bob  bo@example.org  0 answers, never seen, earlier Bo")
    assert run("people", "return", "Bob")[0] == 0
    status, out, err = run("people", "invite", "--for", "Bob")
    assert (status, "not be shown again" in err) == (0, True)
    entered = invitations.accept(workspace, text=out.strip().partition("#")[2])
    assert (entered.person.name, entered.person.scope) == ("Bob", "review")
    for arguments, said in (
        (("role", "Al", "viewer"), "only administrator"),
        (("leave", "Nobody"), "There is nobody called 'Nobody'"),
        (("add", "al"), "Somebody here has the name"),
        (("invite", "--uses", "0"), "can let in 1 to"),
    ):
        status, _, err = run("people", *arguments)
        assert (status, said in err) == (1, True), err
    assert len(people.list_people(workspace)) == 2
