"""HLS archives and live streams, such as Orcasound's: the command and the job; the work is in `services.hls`."""
