"""How many clips have a call."""

from collections.abc import Mapping

from podcast_core.client.agile import of_classifier
from podcast_core.client.connection import Connection
from podcast_core.wire.density import Densities, Density


class DensityCalls(Connection):
    """Calls about counted calls."""

    def estimate_call_density(
        self,
        collection_id: str,
        classifier_id: str,
        label: str,
        heard: Mapping[int, bool | str] | None = None,
        *,
        per_bin: int = 25,
        annotator: str | None = None,
    ) -> Density:
        """Estimate how many clips have a call; hear those in ``to_hear``, and call it again with what was heard.

        ``heard`` says of drawn clips *yes*, *no* or *unsure* (or True and False; empty takes it back). The server keeps
        it. ``per_bin`` clips of each range of scores are wanted.
        """
        told = {str(number): said for number, said in (heard or {}).items()}
        body = {"label": label, "heard": told, "per_bin": per_bin, "annotator": annotator}
        return self._send(Density, "POST", of_classifier(collection_id, classifier_id, "density"), body)

    def list_call_densities(self, collection_id: str) -> Densities:
        """List what calls were counted of."""
        return self._get(Densities, "collections", collection_id, "densities")
