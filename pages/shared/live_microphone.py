"""A browser's microphone as a live source, by streamlit-webrtc; this is the only module that knows it.

The sound comes on the loop that receives it, frame by frame, and goes into a feed of the server, which outlives the
page: a browser that comes back under the same name goes on with it.
"""

from typing import Any

import streamlit as st
from aiortc.codecs import CODECS
from streamlit_webrtc import WebRtcMode, create_audio_sink_track, webrtc_streamer

from pages.shared import state
from podcast_core.domain.ids import make_id
from podcast_core.services.live import feeding

RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
# What makes voices clearer takes animals for noise.
PLAIN = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
TAP = "live_tap"
# What we ask browsers to send (RFC 7587, 6.1), for which aiortc has no other way: the most that Opus can, in stereo,
# always. Browsers would send 32 kbit/s: made for voices, it alters birds (correlation 0.83 with what was played).
OPUS = {"maxaveragebitrate": "510000", "stereo": "1", "sprop-stereo": "1", "usedtx": "0", "useinbandfec": "1"}
for _codec in CODECS["audio"]:
    if _codec.mimeType == "audio/opus":
        _codec.parameters.update(OPUS)


def ask_microphone() -> str | None:
    """Ask for a microphone and have it send; gives the id of its feed, None while nothing is sent."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        site = st.text_input(
            "Name of the microphone or hydrophone",
            "microphone",
            max_chars=60,
            key="live_site",
            help="Recordings have it as their site. A connection that was lost goes on under the same name.",
        )
        rate_hz = st.selectbox(
            "Sample rate", RATES_HZ, index=len(RATES_HZ) - 1, format_func=lambda each: f"{each / 1000:g} kHz"
        )
        channels = st.selectbox("Channels", (1, 2), format_func=lambda each: ("mono", "stereo")[each - 1])
    person = state.annotator()
    name = site.strip() or "microphone"
    feed_id = make_id(f"{person}-{name}-{rate_hz}-{channels}")
    feed = feeding.open_microphone(
        state.get_workspace(),
        feed_id=feed_id,
        name=f"{name} ({person})",
        site=make_id(name),
        sample_rate_hz=rate_hz,
        channel_count=channels,
    )
    taps = st.session_state.setdefault(TAP, {})

    def take(frame: Any) -> None:
        track = taps.get("track")
        if taps.get("feed") is not feed or track is None:
            taps["feed"], taps["track"] = feed, feeding.MicrophoneTap(feed)
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
        taps["track"].take(samples, sample_rate_hz=frame.sample_rate, position=frame.pts)

    context = webrtc_streamer(
        key=f"live-{feed_id}",
        mode=WebRtcMode.SENDONLY,
        rtc_configuration={"iceServers": feeding.list_ice_servers(state.get_workspace())},
        media_stream_constraints={"audio": {**PLAIN, "channelCount": channels}, "video": False},
        sink_audio_track=create_audio_sink_track(take, key=f"live-{feed_id}", on_ended=taps.clear),
    )
    st.caption(feed.note)
    return feed_id if context.state.playing or feed.end else None
