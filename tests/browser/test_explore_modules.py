"""What the map computes: what is inside a shape, what is selected, what filters let through, many colours."""

import math
import random
from typing import Any

from tests.browser.conftest import Evaluate


def is_inside_star(corners: list[tuple[float, float]], x: float, y: float) -> bool:
    """Tell whether a place is inside a star-shaped polygon around (0, 0), by the triangles that it consists of."""
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        whole = ax * by - ay * bx
        a, b = (x * by - y * bx) / whole, (ax * y - ay * x) / whole
        if a >= 0 and b >= 0 and a + b <= 1:
            return True
    return False


def test_a_lasso_takes_exactly_what_is_inside_it(evaluate: Evaluate) -> None:
    chance = random.Random(5)
    count = 70
    corners = [
        (math.cos(2 * math.pi * at / count) * far, math.sin(2 * math.pi * at / count) * far)
        for at, far in enumerate(chance.uniform(20, 100) for _ in range(count))
    ]
    places = [(chance.uniform(-110, 110), chance.uniform(-110, 110)) for _ in range(3000)]
    shown = [chance.random() < 0.9 for _ in places]
    found = evaluate(
        "explore/map/point_geometry.js",
        """({polygonTest, pointsWhere}, {corners, places, shown, star}) => {
          const screen = Float32Array.from(places.flat());
          const far = Float32Array.from([NaN, NaN, 1e9, 0]);
          const test = polygonTest(corners);
          return [pointsWhere(screen, (at) => shown[at], test), pointsWhere(far, () => true, test),
            star.map(([x, y]) => polygonTest([[0, -10], [6, 8], [-9, -3], [9, -3], [-6, 8]])(x, y))];
        }""",
        {"corners": corners, "places": places, "shown": shown, "star": [(0, 0), (0, -8), (0, 7)]},
    )
    expected = [at for at, place in enumerate(places) if shown[at] and is_inside_star(corners, *place)]
    assert 500 < len(expected) < 2500
    assert found == [expected, [], [False, True, False]]  # a line that crosses itself: even-odd, as it is filled


def test_the_nearest_and_the_neighbour_towards_a_direction(evaluate: Evaluate) -> None:
    chance = random.Random(6)
    places = [(chance.uniform(0, 500), chance.uniform(0, 500)) for _ in range(400)]
    found = evaluate(
        "explore/map/point_geometry.js",
        """({nearestPoint, neighbourTowards}, places) => {
          const screen = Float32Array.from(places.flat());
          return [nearestPoint(screen, () => true, 250, 250, 500), nearestPoint(screen, () => true, -99, 0, 14),
            [[1, 0], [-1, 0], [0, 1], [0, -1]].map((way) => neighbourTowards(screen, (at) => at % 7, 5, way))];
        }""",
        places,
    )

    def far(at: int, x: float, y: float) -> float:
        return math.hypot(places[at][0] - x, places[at][1] - y)

    def towards(right: int, down: int) -> int:
        x, y = places[5]
        ways = {at: ((px - x) * right + (py - y) * down, abs((px - x) * down - (py - y) * right))
                for at, (px, py) in enumerate(places) if at % 7 and at != 5}  # fmt: skip
        return min(
            (at for at, (along, across) in ways.items() if along > 0 and across <= along), key=lambda at: far(at, x, y)
        )

    nearest = min(range(400), key=lambda at: far(at, 250, 250))
    assert found == [nearest, -1, [towards(1, 0), towards(-1, 0), towards(0, 1), towards(0, -1)]]


def test_the_selection_is_a_op_b_and_all_filters(evaluate: Evaluate) -> None:
    """hover's rule; a filter that is gone gives `A op B` back."""
    chance = random.Random(7)
    modes = ["none", "union", "intersection", "difference"]
    steps: list[dict[str, Any]] = []
    for _ in range(60):
        numbers = sorted(chance.sample(range(60), chance.randint(0, 40)))
        passes = [int(chance.random() < 0.6) for _ in range(60)]
        step: dict[str, Any] = {"mode": chance.choice(modes), "numbers": numbers}
        filtering = {"filter": chance.choice("ab"), "passes": chance.choice([None, passes])}
        steps.append(step | (filtering if chance.random() < 0.5 else {}))
    found = evaluate(
        "explore/model/selection.js",
        """({Selection}, steps) => {
          const selection = new Selection(60);
          let told = 0;
          selection.addEventListener("change", () => (told += 1));
          return steps.map(({mode, numbers, filter, passes}) => {
            selection.choose(numbers, {mode, how: "box"});
            if (filter) selection.filter(filter, passes && Uint8Array.from(passes));
            return [[...selection.numbers], [...selection.chosen], told];
          });
        }""",
        steps,
    )
    chosen: set[int] = set()
    filters: dict[str, list[int]] = {}
    for step, (numbers, whole, told) in zip(steps, found, strict=True):
        now = set(step["numbers"])
        chosen = {"none": now, "union": chosen | now, "intersection": chosen & now, "difference": chosen - now}[
            step["mode"]
        ]
        if "filter" in step:
            filters.pop(step["filter"], None)
            filters |= {step["filter"]: step["passes"]} if step["passes"] else {}
        assert whole == sorted(chosen)
        assert numbers == [each for each in sorted(chosen) if all(passes[each] for passes in filters.values())]
        assert told > 0


def test_part_of_a_selection_and_its_turns(evaluate: Evaluate) -> None:
    found = evaluate(
        "explore/model/selection.js",
        """({Selection, isPart}) => {
          const of = (...numbers) => Uint32Array.from(numbers);
          const selection = new Selection(5);
          const turns = [];
          for (const act of [() => selection.choose([1, 3]), () => selection.filter("a", of(0, 1, 1, 0, 0)),
            () => selection.toggle(1), () => selection.filter("a", null)]) turns.push((act(), selection.turn));
          return [[isPart(of(1, 5), of(0, 1, 5)), isPart(of(1, 6), of(0, 1, 5)), isPart(of(2), of(1, 3)),
            isPart(of(), of()), isPart(of(1), of())], turns];
        }""",
    )
    assert found == [[True, False, False, True, False], [1, 1, 2, 2]]  # what filters say is not kept on the server


def test_filters_include_their_boundaries_and_300_labels_have_colours(evaluate: Evaluate) -> None:
    found = evaluate(
        "explore/model/filters.js",
        """({passRange, passCategories}) => {
          const values = Float32Array.from([0.3, 0.1, NaN, 0.7, 0.70001, 0.29999]);
          const column = {categories: ["a", "b", ""], values: Uint16Array.from([0, 1, 2, 1])};
          return [[...passRange({values}, [0.3, 0.7])], passRange({values}, null),
            [...passCategories(column, new Set(["b"]))], passCategories(column, new Set(["z"]))];
        }""",
    )
    assert found == [[1, 0, 0, 1, 0, 0], None, [1, 0, 1, 0], None]
    colors = evaluate(
        "explore/map/point_colors.js",
        """({categoryColors, colorPoints}) => {
          const categories = ["", ...Array.from({length: 300}, (_, at) => `label ${at}`)];
          const values = Uint16Array.from(categories.keys());
          const column = {kind: "category", categories, colors: [null, "#0066cc"], values};
          const numbers = {kind: "number", values: Float32Array.from([1, 3, NaN])};
          return [categoryColors(column), new Set(colorPoints(column)).size,
            [...colorPoints(numbers, {values: Float32Array.from([0, 1, NaN])})].map((each) => each >>> 24)];
        }""",
    )
    assert colors[0][1] == "#0066cc"
    assert len(colors[0]) == 301
    assert colors[1] > 290  # of 301: two may fall together by chance
    assert colors[2] == [31, 255, 20]  # what has a low score can still be seen


def test_a_picture_is_drawn_bit_by_bit_and_shown_at_the_end(evaluate: Evaluate) -> None:
    """The same pixels, however it is cut; another picture may begin in between; the first points are a fair sample."""
    found = evaluate(
        "explore/map/point_renderer.js",
        """({PointRenderer, STATE, shuffled}) => {
          const count = 120000; // more than one bit of each pass
          const canvas = document.createElement("canvas");
          Object.assign(canvas, {width: 60, height: 40});
          const renderer = new PointRenderer(canvas);
          const chance = shuffled(count);
          const empty = renderer.isReady;
          const place = (at) => (at % 3 < 2 ? (chance[(at * 7) % count] / count) * 2 - 1 : 0);
          renderer.setPlaces(Float32Array.from({length: 3 * count}, (_, at) => place(at)));
          renderer.setColors(new Uint32Array(count).fill(0xff0000ff));
          renderer.setStates(Uint8Array.from(chance, (each) => (each % 50 ? STATE.plain : STATE.chosen)));
          const view = {affine: [30, 0, 0, 30, 0, -20, 0, 20], sizes: [0, 2, 2, 3], alphas: [0, 0.3, 0.8, 1],
            paper: 0xffffffff, ring: 0xff000000, ringPx: 1, faint: 0xff888888};
          const pixels = () => canvas.getContext("2d").getImageData(0, 0, 60, 40).data.join();
          const draw = (asked) => { for (const _ of renderer.drawing(asked)); return pixels(); };
          const whole = draw(view);
          const dropped = renderer.drawing({...view, affine: [90, 0, 0, 0, 0, -90, 0, 0]});
          dropped.next();
          dropped.next();
          const kept = pixels() === whole;
          const few = draw({...view, count: 500});
          const bits = [...renderer.drawing(view)].length;
          return [empty, renderer.isReady, kept, few !== whole, draw(view) === whole, bits];
        }""",
    )
    assert found == [False, True, True, True, True, 9]  # three passes of three bits each


def test_scores_that_are_nearly_alike_are_written_apart(evaluate: Evaluate) -> None:
    found = evaluate(
        "explore/panels/density_result.js",
        "({writeRange}, ranges) => ranges.map(([low, high]) => writeRange(low, high))",
        [(-2.0, 1.0), (6.0, 7.0), (-9.0, -8.0), (50.0, 60.0)],
    )
    assert found == ["0.12 – 0.73", "0.998 – 0.999", "0.0001 – 0.0003", "1.000000 – 1.000000"]
