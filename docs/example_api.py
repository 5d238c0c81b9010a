"""From a recording to labels and an export, against a running Pod.Cast.

Cell by cell, or as a script, in the project's folder:

    PYTHONPATH=. .venv/bin/python docs/example_api.py http://127.0.0.1:8501 night.wav
"""

# %%
import sys

from podcast_core.client import Client

server, recording = sys.argv[1:3]
client = Client(server)

# %% Upload: a job cuts the recording into sessions of a round
job = client.wait_for_job(
    client.add_recordings([recording], round_name="Example", session_length_s="60", labels="call")
)
print(job["title"], job["state"])

# %% Label: one box in the first session, no calls in the others
first, *others = client.list_sessions("Example")
box = {"start_s": 0.1, "end_s": 0.4, "label": "call"}
client.submit("Example", first["session_id"], annotator="Ann", outcome="labelled", regions=[box])
for session in others:
    client.submit("Example", session["session_id"], annotator="Ann", outcome="empty")
print(client.get_progress("Example"))

# %% Export
client.export_round("Example", "raven", "example.zip")
