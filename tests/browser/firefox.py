"""An installed Firefox without a window, spoken to by WebDriver BiDi, its own protocol: no driver is needed between.

Playwright knows only the Firefox that it patches itself, and Selenium needs geckodriver, which no registry of ours has.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
WITHIN_S = 60.0
KEYS = {"Enter": "\ue007", "Control": "\ue009", "Space": " ", "Escape": "\ue00c"}
PREFERENCES = {  # it reaches nothing but this machine, and plays without being asked
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.update.enabled": False,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "data:,",
}


def find_firefox() -> str | None:
    """Return the path of an installed Firefox, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Firefox:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection, self.mistakes, self.last_id = connection, list[str](), 0
        self.version: str = self.send("session.new", capabilities={})["capabilities"]["browserVersion"]
        self.send("session.subscribe", events=["log.entryAdded"])
        self.tab: str = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.send("browsingContext.setViewport", context=self.tab, viewport={"width": 1440, "height": 900})

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its answer; errors in the page's console are noted meanwhile."""
        self.last_id += 1
        self.connection.send(json.dumps({"id": self.last_id, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.recv(timeout=WITHIN_S))
            if message.get("method") == "log.entryAdded" and message["params"]["level"] == "error":
                self.mistakes.append(message["params"]["text"])
            if message.get("id") == self.last_id:
                assert message["type"] == "success", message
                return message["result"]

    def go(self, url: str) -> None:
        """Go to an address."""
        self.send("browsingContext.navigate", context=self.tab, url=url, wait="interactive")

    def ask(self, expression: str) -> Any:
        """Evaluate JavaScript; what it gives, a promise too, comes as JSON. ``editor`` is the editor's root."""
        function = f"""async () => {{
            const roots = [...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)
            const editor = roots.map((root) => root.querySelector(".podcast-editor")).find(Boolean)
            return JSON.stringify((await ({expression})) ?? null)
        }}"""
        answer = self.send(
            "script.callFunction", functionDeclaration=function, target={"context": self.tab}, awaitPromise=True
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def wait_for(self, expression: str) -> Any:
        """Wait until JavaScript gives something that is true."""
        end = time.monotonic() + WITHIN_S
        while not (found := self.ask(expression)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.1)  # polling the page
        return found

    def press(self, key: str) -> None:
        """Press a key."""
        value = KEYS.get(key, key)
        actions = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.act({"type": "key", "id": "keys", "actions": actions})

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, key: str) -> None:
        """Drag from one place to another while a key is held down."""
        value, pause = KEYS[key], {"type": "pause"}
        self.act(
            {
                "type": "key",
                "id": "keys",
                "actions": [{"type": "keyDown", "value": value}, *[pause] * 4, {"type": "keyUp", "value": value}],
            },
            {
                "type": "pointer",
                "id": "mouse",
                "actions": [
                    pause,
                    move(start),
                    {"type": "pointerDown", "button": 0},
                    move(end),
                    {"type": "pointerUp", "button": 0},
                ],
            },
        )

    def act(self, *sources: dict[str, Any]) -> None:
        self.send("input.performActions", context=self.tab, actions=list(sources))


def move(place: tuple[float, float]) -> dict[str, Any]:
    return {"type": "pointerMove", "x": round(place[0]), "y": round(place[1]), "duration": 100}


@contextmanager
def run_firefox(folder: Path) -> Iterator[Firefox]:
    """Run a Firefox with a new profile until the block ends."""
    path = find_firefox()
    assert path
    folder.mkdir()
    text = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (folder / "user.js").write_text(text)
    command = [path, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = read_address(folder, process)
        with connect(f"ws://{address}/session", max_size=None, proxy=None) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(30)


def read_address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until Firefox has written where it listens."""
    path, end = folder / "WebDriverBiDiServer.json", time.monotonic() + WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        if path.exists() and (text := path.read_text()):
            told = json.loads(text)
            return f"{told['ws_host']}:{told['ws_port']}"
        time.sleep(0.1)  # polling a start-up
    raise RuntimeError(f"Firefox did not start:\n{(folder / 'log').read_text(errors='replace')[-2000:]}")
