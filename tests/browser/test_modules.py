"""The editor's pure modules, evaluated in Chromium: scales invert, edits undo to the start."""

import pytest

from tests.browser.conftest import Evaluate


@pytest.mark.parametrize("seed", range(5))
def test_random_edits_undo_to_the_start_and_redo_to_the_end(evaluate: Evaluate, seed: int) -> None:
    result = evaluate(
        "store.js",
        """({initialState, reduce}, argument) => {
          SEEDED;
          const box = (id) => ({id, start_s: random(), end_s: 1 + random(), low_hz: null, high_hz: null, label: "a"});
          const start = [box("p0"), box("p1"), box("p2")];
          const frozen = JSON.stringify(start);
          const broken = [];
          let state = initialState(start);
          for (let step = 0; step < 200; step += 1) {
            const ids = state.boxes.map(({id}) => id);
            const id = ids[Math.floor(random() * ids.length)] ?? "none";
            const some = ids.filter(() => random() < 0.5);
            const patches = Object.fromEntries(some.map((each) => [each, {end_s: 1 + random()}]));
            const actions = [
              {type: "add", box: box(`n${step}`)}, {type: "change", id, patch: {start_s: random()}},
              {type: "add", boxes: [box(`m${step}`), box(`o${step}`)]}, {type: "select", ids: some},
              {type: "toggle", id},
              {type: "change", ids: some, patch: {label: "c", unsure: random() < 0.5, checked: true}},
              {type: "changeEach", patches, tag: random() < 0.5 ? "moved" : null}, {type: "select", id: null},
              ...(random() < 0.2 ? [{type: "remove", ids: some}] : []),
              {type: "change", id, patch: {label: "b"}, tag: random() < 0.5 ? "held" : null}, {type: "remove", id},
              {type: "select", id}, {type: "undo"}, {type: "redo"}, {type: "settle"},
              ...(random() < 0.05 ? [{type: "clear"}] : []),
            ];
            state = reduce(state, actions[Math.floor(random() * actions.length)]);
            const known = new Set(state.boxes.map((each) => each.id));
            const strange = state.selection.some((each) => !known.has(each));
            if (strange || new Set(state.selection).size < state.selection.length ||
                state.selected !== (state.selection.at(-1) ?? null)) broken.push(step);
          }
          const end = JSON.stringify(state.boxes);
          const edits = state.past.length;
          while (state.past.length) state = reduce(state, {type: "undo"});
          const undone = JSON.stringify(state.boxes);
          for (let step = 0; step < edits; step += 1) state = reduce(state, {type: "redo"});
          return {undone: undone === frozen, redone: JSON.stringify(state.boxes) === end, edits, broken};
        }""",
        seed,
    )
    assert result["undone"]
    assert result["redone"]
    assert result["edits"] > 20
    assert result["broken"] == []  # what is selected exists, and the primary box is the last of it


@pytest.mark.parametrize("seed", range(5))
def test_seconds_and_hertz_come_back_from_pixels(evaluate: Evaluate, seed: int) -> None:
    worst = evaluate(
        "scales.js",
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
        "scales.js",
        """({moveBox, resizeBox, spanBox, boxProblem, zoomRange}, argument) => {
          SEEDED;
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
        "scales.js",
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
        "scales.js",
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
        "scales.js",
        """({moveBox}) => {
          const box = {start_s: 58.2, end_s: 60.65, low_hz: null, high_hz: null};
          const moved = moveBox(box, 5, 0, {t0: 0, t1: 60, f0: 0, f1: 1});
          return moved.start_s === box.start_s && moved.end_s === box.end_s;
        }""",
    )


def test_the_origin_follows_the_rule_of_the_server(evaluate: Evaluate) -> None:
    origins = evaluate(
        "store.js",
        """({originOf, startingBoxes, toAnswer}) => {
          const prediction = {id: "p", start_s: 1, end_s: 2, low_hz: null, high_hz: null, label: "a", score: 0.5};
          const view = {predictions: [prediction], regions: [], submission: null};
          const [box] = startingBoxes(view);
          const edited = {...box, end_s: 3};
          const rejected = toAnswer([], view).rejected_prediction_ids;
          return [originOf(box, view), originOf(edited, view), originOf({...edited, end_s: 2}, view),
                  originOf({...box, prediction_id: null}, view), rejected.join()];
        }""",
    )
    assert origins == ["model_accepted", "model_edited", "model_accepted", "new", "p"]


VIEW = """const p = (id) => ({id, start_s: 1, end_s: 2, low_hz: null, high_hz: null, label: "a", score: 0.5});
const view = {predictions: [p("p0"), p("p1"), p("p2")], regions: [], submission: null};"""


def test_what_is_hidden_is_named_as_not_reviewed(evaluate: Evaluate) -> None:
    answers = evaluate(
        "store.js",
        """({startingBoxes, toAnswer}) => {
          VIEW;
          const boxes = startingBoxes(view);
          const of = (answer) => [answer.regions.map((each) => each.prediction_id), answer.rejected_prediction_ids,
                                  answer.unreviewed_prediction_ids];
          return [of(toAnswer(boxes, view)), of(toAnswer(boxes.slice(0, 2), view, ["p1"])),
                  of(toAnswer([], view, ["p0"]))];
        }""".replace("VIEW;", VIEW),
    )
    assert answers == [
        [["p0", "p1", "p2"], [], []],
        [["p0"], ["p2"], ["p1"]],
        [[], ["p1", "p2"], ["p0"]],
    ]


def test_a_session_verified_in_part_goes_on_with_the_predictions_left_over(evaluate: Evaluate) -> None:
    found = evaluate(
        "store.js",
        """({startingBoxes, toAnswer}) => {
          VIEW;
          const region = {...p("s-0"), prediction_id: "p0", origin: "model_accepted", comment: "x", unsure: true};
          const submission = {outcome: "verified", unreviewed_prediction_ids: ["p2"]};
          const answered = {...view, regions: [region], submission};
          const shown = (mode) => startingBoxes(answered, mode).map((each) => each.prediction_id);
          const corrected = toAnswer(startingBoxes(answered, "review"), answered, [], "review");
          const [box] = startingBoxes(answered);
          return [shown("label"), shown("review"), corrected.rejected_prediction_ids,
                  corrected.unreviewed_prediction_ids, toAnswer([], answered).rejected_prediction_ids,
                  [box.comment, box.unsure, box.individual]];
        }""".replace("VIEW;", VIEW),
    )
    assert found == [["p0", "p2"], ["p0"], ["p1"], ["p2"], ["p0", "p1", "p2"], ["x", True, ""]]


def test_notes_change_a_box_but_not_its_origin_and_a_draft_of_old_has_none(evaluate: Evaluate) -> None:
    found = evaluate(
        "store.js",
        """({originOf, sameBoxes, startingBoxes, toAnswer}) => {
          VIEW;
          const [box] = startingBoxes(view);
          const noted = {...box, comment: "faint", unsure: true, individual: "J35", call_type: "S1"};
          const {comment, unsure, individual, call_type, ...old} = box;
          const {regions: [sent]} = toAnswer([noted], view);
          return [originOf(noted, view), sameBoxes([box], [noted]), sameBoxes([box], [old]),
                  [sent.comment, sent.unsure, sent.individual, sent.call_type]];
        }""".replace("VIEW;", VIEW),
    )
    assert found == ["model_accepted", False, True, ["faint", True, "J35", "S1"]]


@pytest.mark.parametrize("seed", range(5))
def test_copies_lie_inside_the_session_and_keep_their_distances_where_they_fit(evaluate: Evaluate, seed: int) -> None:
    problems = evaluate(
        "clipboard.js",
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


def test_what_the_threshold_hides_is_not_reviewed_and_what_was_touched_is_in_sight(evaluate: Evaluate) -> None:
    answer = evaluate(
        "work.js",
        """({startWork, toSubmission, toDraft, visibleBoxes}) => {
          const predictions = ["low", "ticked", "noted", "edited", "high", "gone"].map((id) => (
            {id, start_s: 1, end_s: 2, low_hz: null, high_hz: null, label: "a", score: id === "high" ? 0.9 : 0.2}));
          const view = {predictions, regions: [], submission: null, display: {threshold: 0.5}};
          const work = startWork(view, "label");
          const first = visibleBoxes(work, view).map(({id}) => id);
          const patches = {ticked: {checked: true}, noted: {comment: "faint"}, edited: {end_s: 3}};
          const boxes = work.state.boxes.filter(({id}) => id !== "gone").map((box) => ({...box, ...patches[box.id]}));
          const body = toSubmission({...work, state: {...work.state, boxes}}, view, "labelled", {});
          const later = toSubmission({...work, threshold: 0}, view, "labelled", {});
          return [first, body.regions.map((box) => box.prediction_id), body.rejected_prediction_ids,
                  body.unreviewed_prediction_ids, body.score_threshold,
                  later.unreviewed_prediction_ids, later.regions.length, later.score_threshold];
        }""",
    )
    assert answer == [["high"], ["ticked", "noted", "edited", "high"], ["gone"], ["low"], 0.5, [], 6, 0]


@pytest.mark.parametrize("seed", range(3))
def test_ticks_of_every_axis_are_round_sorted_apart_and_inside(evaluate: Evaluate, seed: int) -> None:
    problems = evaluate(
        "scales.js",
        """({bandTicks, SCALES, warp, lowestShown}, argument) => {
          SEEDED;
          const problems = [];
          for (let round = 0; round < 300; round += 1) {
            const scale = SCALES[round % 3];
            const f1 = 200 * 10 ** (random() * 3.1);
            const f0 = lowestShown(scale, round % 2 ? 0 : f1 * random() * 0.95, f1);
            const {vals, text} = bandTicks({f0, f1}, scale);
            const at = vals.map((f) => (warp(scale, f) - warp(scale, f0)) / (warp(scale, f1) - warp(scale, f0)));
            const apart = at.slice(1).every((value, index) => value - at[index] > 0.06);
            const inside = at.every((value) => value > -1e-6 && value < 1 + 1e-6);
            const short = text.every((each) => each.length <= 7);
            const few = vals.length >= 3 && vals.length <= 12;
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
        "scales.js",
        """({makeScales}, scale) => {
          const scales = makeScales({t0: 1, t1: 2, f0: 20, f1: 24000}, 1000, 500, scale);
          let worst = Math.abs(scales.y(24000)) + Math.abs(scales.y(20) - 500);
          for (let y = 0; y <= 500; y += 7) worst = Math.max(worst, Math.abs(scales.y(scales.f(y)) - y));
          return worst;
        }""",
        scale,
    )
    assert worst < 1e-6


def test_a_choice_of_the_queue_is_tidied_and_put_into_words(evaluate: Evaluate) -> None:
    result = evaluate(
        "orders.js",
        """({tidy, toRequest, summariseChoice, isFiltered, withoutFilters}) => {
          const odd = tidy({order: "alphabet", site: 3, label: "call", date_from: "2026-05-03", date_to: "2026-05-01"});
          const bare = tidy({order: "no_predictions", label: "call"});
          return [toRequest(odd), summariseChoice(odd), toRequest(bare), isFiltered(bare),
                  toRequest(withoutFilters(bare)), toRequest(tidy(null)), isFiltered(tidy({order: "random"}))];
        }""",
    )
    assert result == [
        {"label": "call", "date_from": "2026-05-03", "date_to": "2026-05-03"},
        "call · 2026-05-03",
        {"order": "no_predictions"},
        True,
        {},
        {},
        False,
    ]


def test_predictions_are_judged_in_their_order_and_shown_with_what_is_around_them(evaluate: Evaluate) -> None:
    result = evaluate(
        "judging.js",
        """({scopeOf, waitingBoxes, contextOf, clipOf}) => {
          const place = (start_s) => ({start_s, end_s: start_s + 1, low_hz: null, high_hz: null, label: "a"});
          const box = (id, start_s, score, more = {}) => ({id, prediction_id: id, ...place(start_s), score, ...more});
          const predictions = [box("p", 5, 0.5), box("q", 1, 0.9), box("r", 3, null), box("s", 0, 0.1)];
          const view = {predictions, submission: null, regions: []};
          const scope = scopeOf(predictions.slice(0, 3), view, "");
          const boxes = [...predictions.slice(0, 3), box("s", 0, 0.1), box("q2", 9, 0.4, {prediction_id: null})];
          const ids = (order, list = boxes) => waitingBoxes(list, view, scope, order).map(({id}) => id).join("");
          const judged = boxes.map((each) => (each.id === "q" ? {...each, checked: true} : each));
          const limits = {t0: 0, t1: 60}, home = {f0: 0, f1: 100};
          return [ids("time"), ids("best"), ids("lowest"), ids("time", judged), contextOf(predictions[0], limits, home),
                  contextOf(predictions[3], limits, home), clipOf({start_s: 0, end_s: 1}, limits).end];
        }""",
    )
    assert result == [
        *["qrp", "qpr", "pqr", "rp"],
        {"t0": 4, "t1": 7, "f0": 0, "f1": 100},
        {"t0": 0, "t1": 3, "f0": 0, "f1": 100},
        1.15,
    ]


def test_thumbnails_show_whole_boxes_within_the_session(evaluate: Evaluate) -> None:
    result = evaluate(
        "thumbnails.js",
        """({commonSpan, commonBand, partOf, lassoed, countMarks, summariseMarks, neighbour}) => {
          const session = {duration_s: 60, sample_rate_hz: 32000};
          const item = (start_s, end_s, low_hz, high_hz) => ({start_s, end_s, low_hz, high_hz, ...session});
          const items = [item(1, 2, 1000, 3000), item(59.5, 60, 2000, 5000), item(20, 50, 1000, 2000)];
          const marks = new Map([["a", "no"], ["c", "unsure"]]);
          const counts = countMarks([{id: "a"}, {id: "b"}, {id: "c"}], marks);
          return [commonSpan(items), commonBand(items), items.map((each) => Object.values(partOf(each, 2))),
                  commonBand([item(0, 1, null, null)]), lassoed(["a", "b"], marks), lassoed(["a"], marks),
                  summariseMarks(counts), summariseMarks({yes: 0, no: 2, unsure: 0}),
                  ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"].map((key) => neighbour(2, key, 3, 6))];
        }""",
    )
    assert result == [
        pytest.approx(1.8),
        {"low_hz": pytest.approx(200), "high_hz": pytest.approx(5800)},
        [[0.5, 2.5], [58, 60], [pytest.approx(17), pytest.approx(53)]],
        {},
        [["a", "no"], ["b", "no"]],
        [["a", "yes"]],
        "1 right, 1 wrong, 1 unsure",
        "0 right, 2 wrong",
        [5, 2, 3, 1],
    ]


def test_the_outbox_sends_one_at_a_time_leaves_living_tabs_theirs_and_forgets_what_was_acknowledged(
    evaluate: Evaluate,
) -> None:
    told = evaluate(
        "outbox.js",
        """async ({Outbox}) => {
          const store = {};
          const storage = {
            setItem(key, text) { store[key] = text; }, removeItem(key) { delete store[key]; },
            getItem: (key) => store[key],
          };
          const entry = (id, owner) => ({id, owner, sessionId: id, kind: "submission", roundId: "r", body: {}});
          const keyed = (found) => new Proxy(found, {ownKeys: () => Object.keys(store),
            getOwnPropertyDescriptor: () => ({enumerable: true, configurable: true})});
          for (const [id, owner] of [["mine", "me"], ["orphan", "gone"], ["theirs", "other"]]) {
            storage.setItem("podcast:outbox:" + id, JSON.stringify(entry(id, owner)));
          }
          const log = [];
          let under_way = 0, most = 0;
          const send = async ({id}) => {
            most = Math.max(most, ++under_way);
            await new Promise((resolve) => setTimeout(resolve, 5));
            under_way -= 1;
            if (id === "refused") throw Object.assign(new Error("no"), {passing: false});
            log.push(id);
          };
          const outbox = new Outbox({storage: keyed(storage), send, kept: () => {}, owner: "me",
            isAlive: (name) => name === "other", soon: (run) => run()});
          outbox.adopt();
          outbox.add(entry("refused"));
          outbox.add(entry("new"));
          await outbox.settled();
          return {log, most, left: Object.keys(store).sort(), size: outbox.size};
        }""",
    )
    assert told == {
        "log": ["mine", "orphan", "new"],
        "most": 1,
        "left": ["podcast:outbox:refused", "podcast:outbox:theirs"],
        "size": 1,
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_folded_time_axis_maps_back_exactly_and_hides_no_stretch(evaluate: Evaluate, seed: int) -> None:
    result = evaluate(
        "folding.js",
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
