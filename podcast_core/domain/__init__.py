"""The nouns: frozen dataclasses that check themselves, one file each. No input or output here.

All that lies in time is a `podcast_core.domain.box.Stretch`. Times are seconds from the start of the *recording*
(``start_s``, ``end_s``); wire formats and pages use seconds from the start of the *session* and convert with
`Session.to_recording` and `Session.to_session`. Frequencies are in hertz. Datetimes are aware UTC and end in ``_at``.
"""
