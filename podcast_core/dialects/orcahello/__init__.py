"""The dialect of OrcaHello: its documents of detections, as files."""
