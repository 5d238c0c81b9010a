"""The editor's pure modules, evaluated in Chromium: edits undo to the start, nothing is judged that was not seen."""

import pytest

from tests.browser.conftest import Evaluate


@pytest.mark.parametrize("seed", range(5))
def test_random_edits_undo_to_the_start_and_redo_to_the_end(evaluate: Evaluate, seed: int) -> None:
    result = evaluate(
        "editor/model/boxes_state.js",
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


def test_the_origin_follows_the_rule_of_the_server(evaluate: Evaluate) -> None:
    origins = evaluate(
        "editor/model/boxes_state.js",
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
        "editor/model/boxes_state.js",
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
        "editor/model/boxes_state.js",
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
        "editor/model/boxes_state.js",
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


def test_what_the_threshold_hides_is_not_reviewed_and_what_was_touched_is_in_sight(evaluate: Evaluate) -> None:
    answer = evaluate(
        "editor/model/session_work.js",
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


def test_a_choice_of_the_queue_is_tidied_and_put_into_words(evaluate: Evaluate) -> None:
    result = evaluate(
        "editor/model/queue_choice.js",
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
        "editor/modes/verify_order.js",
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
        "editor/modes/grid_layout.js",
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
        "editor/network/outbox.js",
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


def test_a_layer_shows_what_reaches_its_threshold_and_axes_have_round_values(evaluate: Evaluate) -> None:
    found = evaluate(
        "run_layers/layers_view.js",
        """async ({shownBoxes}) => {
          const {evenTicks} = await import(new URL("axes.js", document.baseURI));
          const boxes = [[0, 1, null, null, "call", 0.4], [2, 3, null, null, "call", 0.5]];
          const shown = (layer) => shownBoxes({boxes, threshold: 0.5, hidden: false, ...layer}).map(([start]) => start);
          return {
            ticks: [evenTicks(0, 60, 10), evenTicks(7.93, 8.41, 5), evenTicks(0, 16000, 6)],
            shown: [shown({}), shown({threshold: 0.4}), shown({hidden: true})],
          };
        }""",
    )
    assert found["ticks"] == [
        [0, 10, 20, 30, 40, 50, 60],
        [8, 8.1, 8.2, 8.3, 8.4],
        [0, 5000, 10000, 15000],
    ]
    assert found["shown"] == [[2], [0, 2], []]


def test_an_older_call_does_not_end_the_view_that_a_newer_one_updated(evaluate: Evaluate) -> None:
    """Streamlit ends a call that was overtaken by new data only after the newer call."""
    told = evaluate(
        "web/mounting.js",
        """({mounting}) => {
          const told = [];
          const mount = mounting((data) => data.round, ({data}) => (told.push(`made ${data.round}`),
            {destroy: () => told.push(`ended ${data.round}`)}), (view, {data}) => told.push(`told ${data.who}`));
          const place = {};
          const call = (round, who) => mount({parentElement: place, data: {round, who}});
          const first = call("a", "Ann");
          const second = call("a", "Bo");
          first();
          const third = call("a", "Cy");
          const other = call("b", "Cy");
          second();
          third();
          other();
          other();
          call("b", "Di");
          return told;
        }""",
        {},
    )
    assert told == ["made a", "told Bo", "told Cy", "ended a", "made b", "ended b", "made b"]
