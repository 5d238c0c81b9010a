"""A sample of a model's predictions: drawn, judged by keys, known well enough, and its threshold applied."""

import re
import uuid

from playwright.sync_api import expect

from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.services.labels import verification
from podcast_core.services.labels.verification import Item
from podcast_core.services.runs import applying
from podcast_core.services.verifying import judging, samples, thresholds
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage
from tests.browser.conftest import NewPage, NewRound
from tests.building import list_predictions
from tests.services.runs import do_run
from tests.serving import Server

YES, NO = PredictionVerdict.YES, PredictionVerdict.NO
KEYS = ("y", "n", "u", "y")


def test_a_sample_is_drawn_judged_by_keys_until_enough_and_applied(
    served: Workspace, server: Server, new_round: NewRound, new_page: NewPage
) -> None:
    round_id = new_round(3).id
    run = do_run(served, round_ids=[round_id], threshold=0.05, floor=0.05).run
    applying.apply_run(served, run_id=run.id, round_id=round_id)
    page = new_page()
    app = AppPage(page).open(f"{server.url}/verification-samples?round={round_id}")
    page.get_by_label("Of each stratum").fill("12")
    with app.rerunning():
        page.get_by_role("button", name="Draw").last.click()
    (sample,) = samples.list_samples(served, round_id=round_id)
    assert (sample.run_id, sample.per_stratum) == (run.id, 12)
    expect(page.get_by_test_id("stPlotlyChart").get_by_text("Frequency (kHz)")).to_be_visible()
    page.get_by_role("heading", name="Strata").click()  # keys go to the page, and not to a field
    first = judging.get_state(served, sample_id=sample.id).waiting
    for key in KEYS:
        with app.rerunning():
            page.keyboard.press(key)
    state = judging.get_state(served, sample_id=sample.id)
    assert (state.judged, sum(each.unsure for each in state.strata)) == (3, 1)
    with app.rerunning():
        page.keyboard.press("Backspace")
    state = judging.get_state(served, sample_id=sample.id)
    assert (state.judged, state.waiting[0]) == (2, first[3])

    # The rest is judged elsewhere: what scores high is right.
    scores = {each.id: each.score or 0.0 for each in list_predictions(served, round_id)}
    middle = sorted(scores.values())[len(scores) // 2]
    while state.waiting:
        items = [Item(s, p, YES if scores[p] > middle else NO) for s, p in state.waiting]
        verification.give_verdicts(
            served, round_id=round_id, verdict_id=str(uuid.uuid4()), annotator="Ann", items=items[:60]
        )
        state = judging.get_state(served, sample_id=sample.id)
    app.open(page.url)
    expect(page.get_by_text("Nothing is left to judge.")).to_be_visible()
    chart = page.get_by_test_id("stPlotlyChart")
    expect(chart.get_by_text("right from this score on")).to_be_visible()
    with app.rerunning():
        page.get_by_role("button", name="Keep with the model version").click()
    expect(page.get_by_text(re.compile("Kept with energy-detector/0: 1 threshold"))).to_be_visible()
    kept = thresholds.get_of_run(served, run_id=run.id)
    with app.rerunning():
        page.get_by_role("button", name="Apply to the predictions of this round").click()
    expect(page.get_by_text(re.compile(r"\d+ predictions in 3 sessions"))).to_be_visible()
    left = [each for each in list_predictions(served, round_id) if each.model == run.model]
    assert left
    assert min(each.score or 0.0 for each in left) >= kept["call"]
