"""Maps of a collection."""

from pathlib import Path

from podcast_core.client.connection import Connection
from podcast_core.wire.maps import MapAdded, MapList


class MapCalls(Connection):
    """Calls about maps. Places come in files, as the server packs them."""

    def list_maps(self, collection_id: str) -> MapList:
        """List a collection's maps; ``pca`` and ``pca-3`` are there from the start."""
        return self._get(MapList, "collections", collection_id, "maps")

    def add_map(self, collection_id: str, *, method: str = "pacmap", dimensions: int = 2, seed: int = 0) -> MapAdded:
        """Draw a map, as a job: by ``pacmap``, ``umap`` or ``tsne``."""
        body = {"method": method, "dimensions": dimensions, "seed": seed}
        return self._send(MapAdded, "POST", ("collections", collection_id, "maps"), body)

    def get_map_points(self, collection_id: str, map_id: str, out: str | Path) -> Path:
        """Write where all clips are to a file."""
        return self._download(("collections", collection_id, "maps", map_id, "points"), {}, out)
