"""Writes TIFF files with tags of one's choice, sensible or not, around one strip of zeros."""
import struct

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 11: 4, 12: 8, 16: 8}
CODES = {1: "B", 3: "H", 4: "I", 11: "f", 12: "d", 16: "Q"}
# GDAL does not mind that a strip of this many zeros is not there: the file is sparse.
MAX_STRIP = 1_000_000


def encode(field_type, values, order):
    if field_type == 2:
        return (values.encode() if isinstance(values, str) else values) + b"\0"
    if field_type == 7:
        return values
    return struct.pack(order + str(len(values)) + CODES[field_type], *values)


def write_tiff(path, directories, big=False, order="<"):
    """`directories` maps tags to (field type, values); strips are added unless given."""
    pointer = "Q" if big else "I"
    pointer_bytes = 8 if big else 4
    out = bytearray(b"II" if order == "<" else b"MM")
    out += struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, 0) if big else (42, 0)))
    link = len(out) - pointer_bytes
    for tags in directories:
        tags = dict(tags)
        if 273 not in tags and 324 not in tags:
            size = max(1, tags[256][1][0] * tags[257][1][0] * sum(tags.get(258, (3, [1]))[1]) // 8)
            is_stored = size < MAX_STRIP
            tags[273] = (4, [len(out) if is_stored else 0])
            tags[279] = (4, [size if is_stored else 0])
            tags.setdefault(278, (4, [tags[257][1][0]]))
            if is_stored:
                out += b"\0" * size
        entries = []
        for tag in sorted(tags):
            field_type, values = tags[tag]
            data = encode(field_type, values, order)
            if len(data) <= pointer_bytes:
                field = data.ljust(pointer_bytes, b"\0")
            else:
                out += b"\0" * (len(out) % 2)
                field = struct.pack(order + pointer, len(out))
                out += data
            entries.append(struct.pack(order + "HH" + pointer, tag, field_type, len(data) // SIZES[field_type]) + field)
        out += b"\0" * (len(out) % 2)
        out[link : link + pointer_bytes] = struct.pack(order + pointer, len(out))
        out += struct.pack(order + ("Q" if big else "H"), len(entries)) + b"".join(entries)
        link = len(out)
        out += b"\0" * pointer_bytes
    with open(path, "wb") as file:
        file.write(out)


def image(width=16, height=8, bits=(8,), photometric=1, **tags):
    """A directory; keyword arguments `t273=(4, [8])` set tags, None leaves one out."""
    directory = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, list(bits)),
        259: (3, [1]),
        262: (3, [photometric]),
        277: (3, [len(bits)]),
    }
    for name, value in tags.items():
        directory[int(name[1:])] = value
    return {tag: value for tag, value in directory.items() if value is not None}


def geo_keys(keys, minor=0):
    """GeoKeys by number: an int is a code, a float a parameter, text a citation."""
    directory, doubles, ascii_params = [], [], ""
    for key in sorted(keys):
        value = keys[key]
        if isinstance(value, str):
            directory += [key, 34737, len(value) + 1, len(ascii_params)]
            ascii_params += value + "|"
        elif isinstance(value, float):
            directory += [key, 34736, 1, len(doubles)]
            doubles.append(value)
        else:
            directory += [key, 0, 1, value]
    tags = {34735: (3, [1, 1, minor, len(keys)] + directory)}
    if doubles:
        tags[34736] = (12, doubles)
    if ascii_params:
        tags[34737] = (2, ascii_params)
    return tags
