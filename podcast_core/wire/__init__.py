"""The shapes of `/api/v1`: what is sent and answered, one noun per file. The server fills them, the client reads them.

Times of sessions are seconds from the start of the *session*, other times seconds from the start of the recording,
frequencies are in hertz.
"""
