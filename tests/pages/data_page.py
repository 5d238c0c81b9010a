"""The page Data: what its tests do on it, and read there."""

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

PAGE = "data.py"


def click(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()


def type_in(app: AppTest, label: str, text: str) -> None:
    next(each for each in app.text_input if each.label == label).set_value(text)


def captions(app: AppTest) -> list[str]:
    return [each.value for each in app.caption]


def texts(app: AppTest) -> list[str]:
    return [each.value for each in app.markdown]


def button(app: AppTest, label: str) -> Button:
    return next(each for each in app.button if each.label == label)
