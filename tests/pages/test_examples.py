from podcast_core.domain.box import Box
from podcast_core.domain.round import Round
from podcast_core.services.labels import examples
from podcast_core.workspace import Workspace
from tests.pages.conftest import OpenPage


def test_examples_are_shown_by_label_and_can_be_removed(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round
) -> None:
    page = open_page("label.py", round=round_of_ten.id)
    assert "There are no reference examples yet" in " ".join(each.value for each in page.caption)
    for label, start_s in (("whistle", 0.25), ("call", 0.5)):
        box = Box(start_s, start_s + 0.25)
        examples.add_example(workspace, round_id="ten", session_id="ten_0003", label=label, box=box, who="Rae")
    page.run()
    assert not page.exception
    shown = [each.proto.body for each in page.get("html") if "podcast-examples'" in each.proto.body]
    assert [("<strong>call</strong>" in each, "<strong>whistle</strong>" in each) for each in shown] == [
        (True, False),
        (False, True),
    ]
    assert 'src="api/v1/rounds/ten/sessions/ten_0003/picture.jpg?start_s=0.4125&amp;end_s=0.8375' in shown[0]
    assert 'src="api/v1/rounds/ten/sessions/ten_0003/audio.wav?start_s=0.4125&amp;end_s=0.8375"' in shown[0]
    page.selectbox(key="example-removed").select_index(0).run()
    page.button(key="example-remove").click().run()
    assert [each.label for each in examples.list_examples(workspace, round_id="ten")] == ["whistle"]
