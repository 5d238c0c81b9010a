"""Parts of long lists are the parts of the whole list, and are counted right."""

import pytest

from podcast_core.domain.review import Review, Verdict
from podcast_core.services.labels import archive
from podcast_core.storage import deriving, predictions, reviews, submissions
from podcast_core.workspace import Workspace
from tests.building import submit


@pytest.mark.usefixtures("round_of_ten")
def test_a_part_of_the_answers_is_a_part_of_all_with_its_revisions_and_count(workspace: Workspace) -> None:
    for number in range(12):
        submit(workspace, "ten", f"ten_{number * 7 % 5:04x}", who="Ann" if number % 3 else "Bo")
    with workspace.database.writing() as connection:
        for who, answer in zip(("Zoe", "Yan", "Zoe"), submissions.list_submissions(connection, "ten"), strict=False):
            reviews.add_review(connection, Review(f"r-{answer.id}", answer.id, who, Verdict.ACCEPT))
    with workspace.database.reading() as connection:
        whole = submissions.list_submissions(connection, "ten")
        assert max(each.revision for each in whole) == 3
        for who, limit, offset in (("", 100, 0), ("", 5, 0), ("", 5, 10), ("Bo", 2, 1), ("Zoe", 5, 0)):
            mine = [each for each in whole if who in ("", each.annotator)]
            part = submissions.list_part(connection, "ten", annotator=who, limit=limit, offset=offset)
            assert part == (mine[offset : offset + limit], len(mine))
        judged = reviews.list_reviews(connection, "ten")
        for who, limit, offset in (("", 100, 0), ("", 1, 1), ("Zoe", 9, 0), ("Ann", 9, 0)):
            theirs = [each for each in judged if who in ("", each.reviewer)]
            found = reviews.list_part(connection, "ten", reviewer=who, limit=limit, offset=offset)
            assert found == (theirs[offset : offset + limit], len(theirs))
        assert deriving.find_differences(connection) == []
        assert [each.prediction_count for each in predictions.list_set_infos(connection, "ten")] == [
            each.prediction_count for each in predictions.list_prediction_sets(connection, "ten")
        ]
    assert [count for _, count, _ in archive.list_recordings(workspace, round_id="ten")] == [10]
