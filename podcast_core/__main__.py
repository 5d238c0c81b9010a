"""``python -m podcast_core``."""

from podcast_core.cli import main

if __name__ == "__main__":
    main()
