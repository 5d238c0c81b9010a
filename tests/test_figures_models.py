from podcast_core.figures.models import (
    BASELINE,
    BASELINE_COLOR,
    draw_confusions,
    draw_labels,
    draw_learning,
    draw_precision_recall,
    draw_segments,
)
from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.evaluation import Judged, evaluate

KNOWN = [Found(1.0, 1.2, "low"), Found(2.0, 2.2, "high"), Found(3.0, 3.2, "high")]
GUESSES = [Found(1.0, 1.2, "high", 0.9), Found(2.0, 2.2, "high", 0.8), Found(6.0, 6.2, "other", 0.4)]
FIGURES = evaluate([Judged(KNOWN, GUESSES, 10.0)])


def point(stage: str, epoch: float, spent_s: float, f1: float | None = None) -> dict[str, object]:
    return {"stage": stage, "epoch": epoch, "spent_s": spent_s, "train_loss": 1 / spent_s, "held_out_f1": f1}


def test_each_network_has_a_line_of_its_own_in_the_learning_curve() -> None:
    checking = [point("checking", *each) for each in ((1, 1), (2, 2), (1, 3), (2, 4))]
    figure = draw_learning([*checking, point("training", 1, 5, 0.5), point("training", 2, 6, 0.75)])
    first, second, f1 = figure.data
    assert first.x == (1, 2, None, 3, 4)
    assert second.x == (5, 6)
    assert (f1.y, f1.yaxis) == ((0.5, 0.75), "y2")
    assert not draw_learning([]).data


def test_confusions_are_shares_of_the_known_calls() -> None:
    heatmap = draw_confusions(FIGURES).data[0]
    assert heatmap.x == ("high", "low", "other", "nothing")
    assert list(heatmap.z[0]) == [0.5, 0.0, 0.0, 0.5]
    assert list(heatmap.z[1]) == [1.0, 0.0, 0.0, 0.0]
    assert list(heatmap.z[2]) == [None] * 4  # nobody has ever called there "other"
    assert list(heatmap.z[3]) == [0.0, 0.0, 0.5, 0.0]  # of as many as the commonest label has


def test_the_baseline_is_grey_and_only_known_labels_are_drawn() -> None:
    models = {"frogs/1": FIGURES, BASELINE: FIGURES}
    ours, baseline = draw_segments(models).data
    assert ours.x == ("10 ms", "20 ms", "50 ms", "200 ms", "frames")
    assert ours.y == baseline.y
    assert (baseline.marker.color, ours.marker.color != BASELINE_COLOR) == (BASELINE_COLOR, True)
    assert draw_labels(models).data[0].y == ("high", "low")
    curve = draw_precision_recall(models, "high").data[0]
    assert (curve.x[0], curve.y[0], curve.customdata[0]) == (0.5, 0.5, 0.0)
