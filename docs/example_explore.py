"""Explore a table of sounds from Python: the steps of hover's guide, with every label kept.

    PYTHONPATH=. .venv/bin/python docs/example_explore.py digits.csv

The table has a row per sound: ``audio`` (a path or an address), ``label`` (where it is known) and ``SUBSET`` (raw,
train, dev, test). Written for notebooks: each step is a cell.
"""

import json
import sys
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from podcast_core.domain.bulk_act import BulkDeed, How
from podcast_core.services.explore import maps, notebooks, table_intake
from podcast_core.services.explore.clip_labelling import ClipRequest, act_on_clips
from podcast_core.services.explore.columns import read_column
from podcast_core.services.explore.vectors import read_vectors
from podcast_core.workspace import Workspace, open_workspace


def vectorize(url: str) -> np.ndarray:
    """Describe a sound by the level of 16 bands; any function from an address to a vector will do."""
    samples, _ = soundfile.read(url, dtype="float32", always_2d=True)
    power = np.abs(np.fft.rfft(samples[:, 0])) ** 2
    return np.log(np.array([band.mean() for band in np.array_split(power, 16)]) + 1e-9)


def explore(workspace: Workspace, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Describe a table's sounds in two ways, label the first and its neighbour, and return the table with labels."""
    entries = table_intake.make_entries(table.to_dict("records"), folder=folder)

    # 1. Describe the sounds by Pod.Cast's embedder. The audio becomes recordings of the round "Digits", a session each.
    ours = table_intake.add_table(workspace, round_name="Digits", name="Digits", entries=entries)
    print(notebooks.describe(workspace, collection_id=ours.id))

    # 2. Describe them by your own function, which needs a name and a version. Existing vectors are not computed again.
    yours = table_intake.add_table(
        workspace, round_name="Digits", name="Digits, by bands", entries=entries, embedder="python:bands/1"
    )
    print(notebooks.describe(workspace, collection_id=yours.id, vectorizer=vectorize))

    # 3. Find the nearest neighbour of the first sound, and each sound's place on the PCA map (hover's embed_2d).
    vectors = read_vectors(workspace, ours.id)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = np.argsort(-(unit @ unit[0]))[:2].tolist()
    print("nearest of the first:", nearest)
    places = maps.get_places(workspace, collection_id=ours.id, map_id="pca")

    # 4. Give both of them a label, as with a lasso on the page Explore. It appears there, and can be undone there.
    label = str(table["label"].iloc[0])
    request = ClipRequest(uuid.uuid4().hex, ours.id, BulkDeed.LABEL, nearest, "Ann", label, How.SEARCH)
    print("labelled:", act_on_clips(workspace, request).act.changed)

    # 5. Back to a DataFrame: people's labels where there are any, otherwise those of the table.
    subset = read_column(workspace, collection_id=ours.id, name="subset")
    print(pd.Series([subset.categories[place] for place in subset.values]).value_counts().to_dict())
    text = table_intake.export_table(workspace, collection_id=ours.id, as_json=True)
    return pd.DataFrame(json.loads(text)).assign(embed_2d_0=places[:, 0], embed_2d_1=places[:, 1])


if __name__ == "__main__":
    path = Path(sys.argv[1])
    print(explore(open_workspace(), pd.read_csv(path), path.parent))
