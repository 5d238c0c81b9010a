"""What the names of columns mean, as programs and people in the field write them.

A name is read in small letters, without accents and without what is no letter or digit, and may end in a unit:
``low_freq (kHz)`` is ``lowfreq`` in kHz. The first name that a table has counts.
"""

import re
import unicodedata
from functools import lru_cache

SECONDS, MILLISECONDS, MICROSECONDS, MINUTES, SAMPLES = "s", "ms", "us", "min", "samples"
HERTZ, KILOHERTZ = "Hz", "kHz"
FRACTION, PERCENT = "fraction", "percent"

TIME_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "ins", "insec", "inseconds"), SECONDS),
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisec", "milliseconds", "inms"), MILLISECONDS),
    **dict.fromkeys(("us", "usec", "micros", "microsec", "microseconds"), MICROSECONDS),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), MINUTES),
    **dict.fromkeys(("sample", "samples", "smp"), SAMPLES),
}
FREQUENCY_UNITS = {
    **dict.fromkeys(("hz", "hertz", "inhz"), HERTZ),
    **dict.fromkeys(("khz", "kilohertz", "inkhz"), KILOHERTZ),
}
SCORE_UNITS = {"percent": PERCENT, "pct": PERCENT}
NO_UNITS: dict[str, str] = {}

FILES = (
    *("filename", "wavfilename", "file", "beginfile", "infile", "audiofile", "audiofilename", "audio"),
    *("wav", "wavfile"),
    *("recordingfile", "recordingfilename", "soundfile", "sourcefile", "recording", "recordingname", "source"),
    *("audioname", "soundfilename", "datei", "dateiname", "fichier", "nomfichier", "archivo", "arquivo", "bestand"),
    *("nomefile", "fil", "filnavn", "filnamn", "bestandsnaam", "plik"),
)
PATHS = (
    *("beginpath", "filepath", "audiopath", "audiofilepath", "wavpath", "path", "fullpath", "notatedpath"),
    *("recordingpath", "soundpath", "sourcepath", "pfad", "chemin", "ruta"),
)
SITES = ("site", "sitename", "siteid", "location", "locationname", "station", "deployment", "standort")
FOLDERS = ("folder", "directory", "dir", "indir", "ordner", "dossier", "carpeta", *SITES)
STARTS = (
    *("start", "starttime", "timestart", "tstart", "startoffset", "onset", "onsets", "onsettime", "begin", "begintime"),
    *("begintimes", "starts", "tmin", "xmin", "t0", "clipstart", "segmentstart", "from", "fileoffset"),
    *("beginn", "anfang", "debut", "inicio", "von", "inizio", "poczatek", "borjan"),
    "offset",
)
ENDS = (
    *("end", "endtime", "timeend", "tend", "endoffset", "ends", "endtimes", "offset", "offsets", "offsettime", "stop"),
    *("stoptime", "finish", "tmax", "xmax", "t1", "clipend", "segmentend", "to", "ende", "fin", "final", "fim", "bis"),
    *("fine", "slut", "slutt", "einde", "koniec"),
)
DURATIONS = ("duration", "durations", "length", "lengths", "deltatime", "dur", "dauer", "duree", "duracion", "duracao")
LOWS = (
    *("lowfreq", "lowfrequency", "lowerfreq", "lowerfrequency", "minfreq", "minfrequency", "freqmin", "freqlow"),
    *("frequencymin", "frequencylow", "minimumfrequency", "fmin", "flow", "f0min", "bottomfreq", "minf", "lowf"),
    *("lowestfreq", "lowestfrequency"),
)
HIGHS = (
    *("highfreq", "highfrequency", "upperfreq", "upperfrequency", "maxfreq", "maxfrequency", "freqmax", "freqhigh"),
    *("frequencymax", "frequencyhigh", "maximumfrequency", "fmax", "fhigh", "f0max", "topfreq", "maxf", "highf"),
    *("highestfreq", "highestfrequency"),
)
LOWS_WITH_UNIT = ("low", "lower", "min", "minimum", "bottom")  # these mean a frequency only with its unit
HIGHS_WITH_UNIT = ("high", "upper", "max", "maximum", "top")
LABELS = (
    *("label", "labels", "labelname", "annotation", "annotations", "manualid", "manuallabel", "species", "speciesname"),
    *("commonname", "scientificname", "class", "classes", "classname", "cluster", "clustername"),
    *("autoid", "autolabel", "call", "tag", "tags"),
    *("name", "type", "category", "event", "eventlabel", "eventtype", "soundtype", "soundclass", "sound", "taxon"),
    *("vocalization", "vocalisation", "syllable", "phrase", "calltype", "songtype", "speciescode", "ebirdcode"),
    *("classid", "labelid", "speciesid", "categoryid", "clusterid"),
    *("primarylabel", "prediction", "predictedclass", "predictedlabel", "sp", "spp", "art", "klasse"),
    *("ruf", "espece", "especie", "clase", "classe", "etiqueta", "etiquette", "soort"),
    *("specie", "arter", "gatunek"),
)
SCORES = (
    *("score", "scores", "confidence", "conf", "confidencescore", "probability", "prob", "detprob", "detectionprob"),
    *("classprob", "classprobability", "posterior", "certainty", "likelihood"),
)
CHANNELS = ("channel", "channelindex", "chan", "ch", "kanal", "canal")
COMMENTS = (
    *("boxcomment", "comment", "comments", "note", "notes", "remark", "remarks", "bemerkung", "kommentar"),
    *("commentaire", "comentario", "description"),
)
ROLES = {
    "file": (*FILES, *PATHS),
    "folder": (*PATHS, *FOLDERS),
    "start": STARTS,
    "end": ENDS,
    "duration": DURATIONS,
    "file_offset": ("fileoffset", "offsetinfile"),
    "low": (*LOWS, *LOWS_WITH_UNIT),
    "high": (*HIGHS, *HIGHS_WITH_UNIT),
    "label": LABELS,
    "score": SCORES,
    "channel": CHANNELS,
    "model": ("model", "modelname", "detector", "classifier"),
    "individual": ("individual", "individualid", "animal", "animalid"),
    "call_type": ("calltype",),
    "comment": COMMENTS,
    "session": ("sessionid",),
    "recording": ("recordingid",),
}
UNITS = {
    **dict.fromkeys(("start", "end", "duration", "file_offset"), TIME_UNITS),
    **dict.fromkeys(("low", "high"), FREQUENCY_UNITS),
    "score": SCORE_UNITS,
}
NEED_UNIT = frozenset((*LOWS_WITH_UNIT, *HIGHS_WITH_UNIT))
# Columns of text that are never labels; all others may be, and are asked for or used if they are the only one.
OTHERS = frozenset(
    (
        *("selection", "view", "id", "uuid", "guid", "key", "index", "row", "no", "nr", "number", "date"),
        *("time", "datetime"),
        *("timestamp", "created", "createdat", "createdon", "modified", "updated", "updatedat", "annotator", "user"),
        *("username", "author", "observer", "reviewer", "reviewedby", "by", "project", "site", "location", "station"),
        *("device", "version", "outdir", "outfile", "outfilefs", "outfilezc", "hour", "date12", "time12", "hour12"),
        *("beginclocktime", "endclocktime", "begindate", "enddate", "begindatetime", "enddatetime", "startutc"),
        *("latitude", "longitude", "lat", "lon", "url", "uri", "language", "overlap", "mincon", "minconf"),
        *("decision", "origin", "outcome", "review", "organization", "recorder", "deviceid", "recorderid", "weather"),
        *("temperature", "habitat", "country", "region", "sex", "age", "unit", "units", "timeonly", "quality"),
        *("annotpath", "status", "verified", "reviewed"),
    )
)


@lru_cache(maxsize=4096)
def simplify(column: str) -> str:
    """Spell a column's name in small letters without accents and without what is no letter or digit."""
    plain = unicodedata.normalize("NFKD", column.replace("%", "percent")).replace("\u03bc", "u")  # of µs
    return re.sub(r"[^a-z0-9]+", "", "".join(each for each in plain if not unicodedata.combining(each)).lower())


@lru_cache(maxsize=4096)
def parse_column(column: str, role: str) -> tuple[int, str] | None:
    """Read a column's name for a role.

    Returns
    -------
    int, str
        How far down the role's list the name is, and its unit (empty when it names none); None when it is not there.
    """
    simple, known, units = simplify(column), ROLES[role], UNITS.get(role, NO_UNITS)
    found = []
    for unit in sorted(units, key=len, reverse=True):
        base = simple.removesuffix(unit)
        if base != simple and base in known:
            found.append((known.index(base), units[unit]))
    if simple in known and simple not in NEED_UNIT:
        found.append((known.index(simple), ""))
    return found[0] if found else None
