"""The editor's pure geometry, evaluated in Chromium: scales invert, boxes stay inside, a folded axis maps back."""

import pytest

from tests.browser.conftest import Evaluate


@pytest.mark.parametrize("seed", range(5))
def test_seconds_and_hertz_come_back_from_pixels(evaluate: Evaluate, seed: int) -> None:
    worst = evaluate(
        "web/axes.js",
        """({makeScales}, argument) => {
          SEEDED;
          let worst = 0;
          for (let round = 0; round < 200; round += 1) {
            const t0 = random() * 3600, f0 = random() * 1e5;
            const view = {t0, t1: t0 + 0.01 + random() * 3600, f0, f1: f0 + 100 + random() * 2.5e5};
            const scales = makeScales(view, 50 + random() * 3000, 50 + random() * 2000);
            const t = view.t0 + random() * (view.t1 - view.t0), f = view.f0 + random() * (view.f1 - view.f0);
            worst = Math.max(worst, Math.abs(scales.t(scales.x(t)) - t) / scales.secondsPerPixel,
                             Math.abs(scales.f(scales.y(f)) - f) / scales.hertzPerPixel);
          }
          return worst;
        }""",
        seed,
    )
    assert worst < 1e-6  # pixels


@pytest.mark.parametrize("seed", range(5))
def test_moving_and_resizing_keep_a_box_inside_and_moving_keeps_its_size(evaluate: Evaluate, seed: int) -> None:
    problems = evaluate(
        "editor/model/box_geometry.js",
        """async ({moveBox, resizeBox, spanBox, boxProblem}, argument) => {
          SEEDED;
          const {zoomRange} = await import(new URL("axes.js", document.baseURI));
          const limits = {t0: 0, t1: 60, f0: 0, f1: 24000};
          const handles = ["n", "s", "e", "w", "nw", "ne", "sw", "se"];
          const problems = [];
          let box = {start_s: 10, end_s: 12, low_hz: 1000, high_hz: 3000};
          for (let step = 0; step < 500; step += 1) {
            const before = box;
            if (random() < 0.5) {
              box = moveBox(box, (random() - 0.5) * 200, (random() - 0.5) * 80000, limits);
              if (Math.abs((box.end_s - box.start_s) - (before.end_s - before.start_s)) > 1e-9) problems.push("size");
            } else {
              const handle = handles[Math.floor(random() * 8)];
              box = resizeBox(box, handle, (random() - 0.2) * 100, (random() - 0.2) * 40000, limits, {s: 0.05, hz: 30});
            }
            if (boxProblem(box, limits)) problems.push(JSON.stringify([before, box]));
            const drawn = spanBox({t: random() * 90 - 15, f: -5}, {t: random() * 90 - 15, f: 1e9}, false, limits);
            const outside = drawn.start_s < 0 || drawn.end_s > 60 || drawn.low_hz < 0 || drawn.high_hz > 24000;
            if (outside) problems.push("drawn");
            const [low, high] = zoomRange([5, 15], [0, 60], random() * 60, random() * 3, 0.01);
            if (low < 0 || high > 60 + 1e-9 || low >= high) problems.push("zoom");
          }
          return problems;
        }""",
        seed,
    )
    assert problems == []


@pytest.mark.parametrize("seed", range(5))
def test_boxes_that_are_moved_together_keep_their_distances_inside_the_session(evaluate: Evaluate, seed: int) -> None:
    problems = evaluate(
        "editor/model/box_geometry.js",
        """({moveBoxes, boxProblem}, argument) => {
          SEEDED;
          const limits = {t0: 0, t1: 60, f0: 0, f1: 24000};
          const problems = [];
          const make = () => {
            const start_s = random() * 55, low_hz = random() * 20000, timeOnly = random() < 0.3;
            const band = timeOnly ? {low_hz: null, high_hz: null} : {low_hz, high_hz: low_hz + 1 + random() * 3000};
            return {start_s, end_s: start_s + 0.001 + random() * 4, ...band};
          };
          for (let step = 0; step < 200; step += 1) {
            const boxes = Array.from({length: 1 + Math.floor(random() * 6)}, make);
            const moved = moveBoxes(boxes, (random() - 0.5) * 200, (random() - 0.5) * 80000, limits);
            const shift = moved[0].start_s - boxes[0].start_s;
            moved.forEach((box, index) => {
              if (boxProblem(box, limits)) problems.push(JSON.stringify(box));
              if (Math.abs(box.start_s - boxes[index].start_s - shift) > 1e-9) problems.push("distance");
              if ((box.low_hz === null) !== (boxes[index].low_hz === null)) problems.push("band");
            });
          }
          return problems;
        }""",
        seed,
    )
    assert problems == []


def test_a_short_span_is_lengthened_inside_the_session_and_a_long_one_is_kept(evaluate: Evaluate) -> None:
    spans = evaluate(
        "editor/model/box_geometry.js",
        """({lengthen}) => {
          const limits = {t0: 0, t1: 60, f0: 0, f1: 24000};
          const of = (start_s, end_s, least) => {
            const span = lengthen({start_s, end_s, low_hz: 1, high_hz: 2}, least, limits);
            return [span.start_s, span.end_s, span.low_hz];
          };
          return [of(10, 10.1, 0.5), of(59.8, 59.9, 0.5), of(10, 12.123, 0.5), of(3, 4, 90), of(3, 3.001, 0)];
        }""",
    )
    assert spans == [[10, 10.5, 1], [59.5, 60, 1], [10, 12.123, 1], [0, 60, 1], [3, 3.001, 1]]


def test_a_box_that_sticks_out_of_the_session_is_not_changed_by_touching_it(evaluate: Evaluate) -> None:
    assert evaluate(
        "editor/model/box_geometry.js",
        """({moveBox}) => {
          const box = {start_s: 58.2, end_s: 60.65, low_hz: null, high_hz: null};
          const moved = moveBox(box, 5, 0, {t0: 0, t1: 60, f0: 0, f1: 1});
          return moved.start_s === box.start_s && moved.end_s === box.end_s;
        }""",
    )


@pytest.mark.parametrize("seed", range(5))
def test_copies_lie_inside_the_session_and_keep_their_distances_where_they_fit(evaluate: Evaluate, seed: int) -> None:
    problems = evaluate(
        "editor/model/clipboard.js",
        """({itemsOf, placeItems}, argument) => {
          SEEDED;
          const problems = [];
          for (let step = 0; step < 300; step += 1) {
            const limits = {t0: 0, t1: 0.05 + random() * 60, f0: 0, f1: 4000 + random() * 20000};
            const boxes = Array.from({length: 1 + Math.floor(random() * 5)}, () => {
              const start_s = random() * 50, low_hz = random() * 20000;
              const high_hz = low_hz + 1 + random() * 5000;
              const band = random() < 0.3 ? {low_hz: null, high_hz: null} : {low_hz, high_hz};
              return {start_s, end_s: start_s + 0.001 + random() * 9, ...band, label: "a", comment: "b", unsure: true};
            });
            const at = random() * limits.t1;
            const placed = placeItems(itemsOf(boxes), at, limits);
            for (const box of placed) {
              const {start_s, end_s, low_hz, high_hz, comment, unsure} = box;
              if (!(start_s >= 0 && start_s < end_s && end_s <= limits.t1)) problems.push(JSON.stringify(box));
              if ((low_hz === null) !== (high_hz === null)) problems.push("half a band");
              if (low_hz !== null && !(low_hz >= 0 && low_hz < high_hz && high_hz <= limits.f1)) problems.push("band");
              if (comment !== "b" || !unsure) problems.push("notes");
            }
            const first = Math.min(...boxes.map((box) => box.start_s));
            if (Math.max(...boxes.map((box) => box.end_s)) - first > limits.t1) continue;
            placed.forEach((box, index) => {
              const shift = box.start_s - boxes[index].start_s - (placed[0].start_s - boxes[0].start_s);
              if (placed.length !== boxes.length || Math.abs(shift) > 1e-6) problems.push("distance");
            });
          }
          return problems;
        }""",
        seed,
    )
    assert problems == []


@pytest.mark.parametrize("seed", range(3))
def test_ticks_of_every_axis_are_round_sorted_apart_and_inside(evaluate: Evaluate, seed: int) -> None:
    problems = evaluate(
        "web/axes.js",
        """({bandTicks, SCALES, warp, lowestShown}, argument) => {
          SEEDED;
          const problems = [];
          for (let round = 0; round < 300; round += 1) {
            const scale = SCALES[Math.floor(round / 2) % SCALES.length];
            const f1 = 200 * 10 ** (random() * 3.1);
            const f0 = lowestShown(scale, round % 2 ? 0 : f1 * random() * 0.95, f1);
            const {vals, text} = bandTicks({f0, f1}, scale);
            const at = vals.map((f) => (warp(scale, f) - warp(scale, f0)) / (warp(scale, f1) - warp(scale, f0)));
            const apart = at.slice(1).every((value, index) => value - at[index] > 0.06);
            const inside = at.every((value) => value > -1e-6 && value < 1 + 1e-6);
            const short = text.every((each) => each.length <= 7);
            const few = vals.length >= 3 && vals.length <= 12;
            if (f1 / f0 > 500 && at[0] > 0.2) problems.push([scale, f0, f1, "nothing at the lower end", text]);
            if (!few || !apart || !inside || !short) problems.push([scale, f0, f1, text]);
          }
          return problems;
        }""",
        seed,
    )
    assert problems == []


@pytest.mark.parametrize("scale", ["linear", "mel", "log"])
def test_pixels_and_hertz_lead_back_to_each_other_on_every_axis(evaluate: Evaluate, scale: str) -> None:
    worst = evaluate(
        "web/axes.js",
        """({makeScales}, scale) => {
          const scales = makeScales({t0: 1, t1: 2, f0: 20, f1: 24000}, 1000, 500, scale);
          let worst = Math.abs(scales.y(24000)) + Math.abs(scales.y(20) - 500);
          for (let y = 0; y <= 500; y += 7) worst = Math.max(worst, Math.abs(scales.y(scales.f(y)) - y));
          return worst;
        }""",
        scale,
    )
    assert worst < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_a_folded_time_axis_maps_back_exactly_and_hides_no_stretch(evaluate: Evaluate, seed: int) -> None:
    result = evaluate(
        "web/time_axis.js",
        """({Folding, foldedTicks, uniteSpans}, argument) => {
          SEEDED;
          let worst = 0, wrong = [];
          for (let round = 0; round < 200; round += 1) {
            const raw = Array.from({length: 1 + Math.floor(random() * 12)}, () => {
              const start = random() * 60; return [start, start + 0.01 + random() * 4]; });
            const spans = uniteSpans(raw, 60, 0.01);
            const time = new Folding(spans);
            const total = spans.reduce((sum, [start, end]) => sum + end - start, 0);
            const s = random() * total;
            worst = Math.max(worst, Math.abs(time.fold(time.unfold(s)) - s));
            const [start, end] = spans[Math.floor(random() * spans.length)];
            const t = start + random() * (end - start);
            worst = Math.max(worst, Math.abs(time.unfold(time.fold(t)) - t), Math.abs(time.fold(60) - total));
            const inside = raw.filter(([start]) => start < 60);
            const hidden = inside.some(([start_s, end]) => time.hides({start_s, end_s: Math.min(end, 60)}));
            if (hidden) wrong.push("hidden");
            if (spans.some(([, to], index) => spans[index + 1]?.[0] <= to)) wrong.push("touching");
            const view = {t0: 0, t1: 60};
            const shown = time.pieces(view).reduce((sum, piece) => sum + piece.t1 - piece.t0, 0);
            if (Math.abs(shown - total) > 1e-9 || time.cuts().length !== spans.length - 1) wrong.push("pieces");
            const cuts = []; // one after the other, from the start on
            for (let at = 0; at < 60;) {
              const cut = time.nextCut(at, 60);
              if (!cut) break;
              cuts.push(cut);
              at = cut.end;
            }
            const silent = cuts.reduce((sum, cut) => sum + cut.end - cut.start, 0);
            if (Math.abs(silent + total - 60) > 1e-9) wrong.push("cuts");
            const inCut = cuts.find((cut) => cut.start <= t && t < cut.end);
            if (inCut || time.nextCut(t, 60)?.start < t) wrong.push("cut");
            const ticks = foldedTicks(time, view, 1000 / total);
            if (!ticks.every(({at, text}) => Math.abs(time.fold(Number(text)) - at) < 0.0051)) wrong.push("tick");
            const least = 57 * total / 1000;
            if (ticks.some(({at}, index) => index && at - ticks[index - 1].at < least)) wrong.push("crowded");
          }
          return {worst, wrong};
        }""",
        seed,
    )
    assert result["wrong"] == []
    assert result["worst"] < 1e-9
