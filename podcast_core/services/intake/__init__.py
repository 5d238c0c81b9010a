"""How recordings come in: folders, uploads, live archives and the demo; and where their samples are."""
