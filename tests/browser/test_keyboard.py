"""The keyboard while somebody labels: fields are left at once, Space never deletes, numbers are what was typed."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.app_page import AppPage
from tests.browser.conftest import Evaluate, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.serving import Server

# What has the focus, through shadow roots: [tag, class, name, is it seen?].
FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  const {width, height} = node.getBoundingClientRect();
  const seen = node.checkVisibility({opacityProperty: true, visibilityProperty: true}) && width > 0 && height > 0;
  return [node.tagName, node.className, node.getAttribute("aria-label") ?? node.textContent.trim(), seen];
}"""


def focused(editor: EditorPage) -> tuple[str, str, str, bool]:
    tag, classes, name, seen = editor.page.evaluate(FOCUSED)
    return tag, classes, name, seen


def is_on_stage(editor: EditorPage) -> bool:
    return "stage" in focused(editor)[1].split()


def tab_through_boxes(editor: EditorPage) -> None:
    """Tab goes through the boxes without landing on a delete, and Space never deletes."""
    before = editor.boxes()
    rows = editor.root.locator("details.boxes tbody tr")
    rows.nth(0).locator(".number").nth(0).focus()
    for _ in range(20):
        editor.press("Tab")
        tag, classes, name, seen = focused(editor)
        assert seen, (tag, classes, name)
        assert "elete" not in name
    editor.press("Escape", "Escape")
    for box, control in [(0, "button.remove"), (1, "[data-do=removeBox]"), (1, "[data-do=clear]")]:
        editor.select(before[box].id)
        (rows.nth(box) if control == "button.remove" else editor.root).locator(control).last.focus()
        editor.press("Space")
        expect(editor.button("Pause")).to_be_visible()  # it plays instead
        editor.press("Space")
        expect(editor.button("Play").first).to_be_visible()
    assert editor.boxes() == before


def leave_fields(editor: EditorPage) -> None:
    """Escape leaves every field at once and keeps what was typed."""
    editor.press(".")
    root = editor.root
    fields = [root.locator("tbody tr").nth(0).locator(".number").nth(1), root.get_by_label("Comment", exact=True)]
    fields += [root.get_by_label(name) for name in ("Note on the selected boxes", "Individual", "Call type")]
    for field in fields:
        field.click()
        text = field.input_value()
        editor.press("Escape")
        assert is_on_stage(editor)
        expect(field).to_have_value(text)
    for menu, inside in [
        ("look", "[data-range=low_hz]"),
        ("look", "[data-picture=colorMap]"),
        ("fill", ".number >> nth=1"),
        ("sound", "[data-look=volume]"),
        ("queue", "[data-queue=order]"),
    ]:
        card = root.locator(f"details.menu.{menu}")
        card.locator("summary").click()
        card.locator(inside).focus()
        editor.press("Escape")
        expect(card).not_to_have_attribute("open", "")
        assert is_on_stage(editor)
    name = editor.page.get_by_role("textbox", name="Your name")
    name.click()
    editor.press("Escape")
    expect(name).not_to_be_focused()


def use_pointer(editor: EditorPage) -> None:
    """What is done with the pointer leaves the keys to the spectrogram."""
    first = editor.boxes()[0]
    editor.root.get_by_label("Box 1: ticked").click()
    assert editor.ticked() == {first.id}
    editor.press("Space")  # plays, and takes no tick away
    expect(editor.button("Pause")).to_be_visible()
    editor.press("Space")
    assert editor.ticked() == {first.id}
    for name in ("Your name", "Comment"):
        field = editor.page.get_by_role("textbox", name=name, exact=True)
        field.click()
        editor.page.mouse.click(*editor.at(55, editor.high_hz * 0.9))
        editor.press("b", "2")
        assert editor.boxes()[-1].label == "whistle"
        expect(field).not_to_have_value("2")
        editor.press("Delete")
    editor.root.get_by_label("Comment", exact=True).click()
    editor.root.locator("[data-do=zoomIn]").click()
    assert is_on_stage(editor)


def type_numbers(editor: EditorPage) -> None:
    """Numbers are read with a comma or a point, and others are refused with the reason."""
    root = editor.root
    box = editor.boxes()[0]
    low = root.locator("tbody tr").nth(0).locator(".number").nth(2)
    notice = root.locator("[data-ref=notice]")
    low.click()
    low.fill("")
    editor.page.keyboard.type("0,2")
    editor.press("Enter")
    assert editor.box(box.id).low_hz == 200
    expect(low).to_have_value("0.2")
    for text in ("1_0", "1.2.3", "0x1"):
        low.fill(text)
        low.press("Enter")
        expect(notice).to_contain_text(f"“{text}” is not a number")
        expect(low).to_have_value("0.2")
    assert editor.box(box.id).low_hz == 200
    root.locator("summary[aria-label=Picture]").click()
    lowest = root.get_by_label("Lowest frequency in kHz")
    lowest.fill("0,5")
    lowest.press("Enter")
    expect(root.locator("canvas.picture")).to_have_attribute("data-f0", "500")
    lowest.fill("1.2.3")
    lowest.press("Enter")
    expect(notice).to_contain_text("“1.2.3” is not a number")
    expect(lowest).to_have_value("0.5")
    editor.press("Escape")
    root.locator("summary[aria-label='Fill in the rest']").click()
    until = root.get_by_label("Annotated to, in seconds of the session")
    until.fill("12,5")
    until.press("Enter")
    expect(until).to_have_value("12.5")
    until.fill("12 s")
    until.press("Enter")
    expect(root.get_by_role("alert")).to_contain_text("“12 s” is not a number")


def answer_all(editor: EditorPage) -> None:
    """After an answer, the focus is on the editor."""
    for by in ("click", "skip", "key"):
        before = editor.session_id
        editor.press("m")
        editor.page.keyboard.type("faint")
        if by == "key":
            editor.press("Enter")  # leaves the comment
            assert is_on_stage(editor)
            editor.press("Enter")
        else:
            editor.root.locator("[data-ref=submit]" if by == "click" else "[data-do=skip]").click()
        assert is_on_stage(editor)
        if by == "key":
            break
        editor.wait_ready(after=before)
        assert is_on_stage(editor)
        expect(editor.root.get_by_label("Comment", exact=True)).to_have_value("")
        first = editor.boxes()[0]
        editor.press(".", "3")
        assert editor.box(first.id).label == "click"


def test_keys_go_to_the_spectrogram_unless_somebody_types(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(3).id, viewport={"width": 1700, "height": 900})
    editor.wait_ready()
    for step in (tab_through_boxes, leave_fields, use_pointer, type_numbers, answer_all):
        step(editor)


def test_one_rule_reads_all_numbers(evaluate: Evaluate) -> None:
    texts = ["0,2", "0.2", " 12 ", "-3", "\u22123,5", "+.5", ",5", "5.", "1e3", "", "  "]
    wrong = [
        "1_0",
        "1.2.3",
        "1,2,3",
        "1.234,5",
        "1,234.5",
        "1 000",
        "0x10",
        "Infinity",
        "NaN",
        "e5",
        ".",
        ",",
        "--1",
        "5 s",
    ]
    found = evaluate("editor/view/number_field.js", "({readNumber}, texts) => texts.map(readNumber)", texts)
    assert found == [0.2, 0.2, 12, -3, -3.5, 0.5, 0.5, 5, 1000, None, None]
    refused = evaluate(
        "editor/view/number_field.js",
        "({readNumber}, texts) => texts.map((text) => Number.isNaN(readNumber(text)))",
        wrong,
    )
    assert refused == [True] * len(wrong)


def test_number_fields_of_the_other_pages_take_a_decimal_comma(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(locale="en-GB").new_page()
    AppPage(page).open(f"{server.url}/candidates?round=demo")
    field = page.get_by_label("Negatives (%)")
    for keys in ("0,2", "1.3"):
        field.click()
        field.press("ControlOrMeta+a")
        page.keyboard.type(keys)
        expect(field).to_have_value(keys.replace(",", "."))
        field.press("Enter")
        expect(field).to_have_value(f"{keys.replace(',', '.')}0")
    field.press("ControlOrMeta+a")
    page.keyboard.insert_text("1.234,5")  # pasted: nobody knows what it means, so nothing is taken
    expect(field).to_have_value("1.30")
