"""GDAL as an oracle for tests: reads one JSON request a line, answers with one JSON line.

A request is {"id": n, "command": name, ...arguments}; the answer {"id": n, "result": ...} or {"id": n, "error": text}.
Runs on GDAL 3.6 and later, without numpy.
"""

import array
import base64
import hashlib
import json
import os
import random
import sys

from osgeo import gdal, osr

gdal.UseExceptions()

COLOR_INTERPS = ["Undefined", "Gray", "Palette", "Red", "Green", "Blue", "Alpha"]

RESAMPLINGS = {
    "nearest": gdal.GRIORA_NearestNeighbour, "bilinear": gdal.GRIORA_Bilinear, "cubic": gdal.GRIORA_Cubic,
    "average": gdal.GRIORA_Average, "mode": gdal.GRIORA_Mode,
}

# Codes of Python's array module by GDAL data type; the types it has no code for are written through doubles.
ARRAY_CODES = {
    "Byte": "B", "Int8": "b", "UInt16": "H", "Int16": "h", "UInt32": "I", "Int32": "i",
    "UInt64": "Q", "Int64": "q", "Float32": "f", "Float64": "d",
}


def value_to_json(value):
    """Numbers that JSON lacks, and 64-bit integers, travel as text."""
    if value is None:
        return None
    if isinstance(value, int):
        return str(value)
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return value


def value_from_json(value, data_type):
    if isinstance(value, str):
        return int(value) if data_type in ("Int64", "UInt64") else float(value)
    return value


def digest(data):
    return hashlib.sha1(data).hexdigest()


def overview_sizes(band):
    return [[band.GetOverview(i).XSize, band.GetOverview(i).YSize] for i in range(band.GetOverviewCount())]


def describe_band(band, with_pixels):
    mask = band.GetMaskBand()
    table = band.GetColorTable()
    facts = {
        "dataType": gdal.GetDataTypeName(band.DataType),
        "blockSize": band.GetBlockSize(),
        "maskBlockSize": mask.GetBlockSize(),
        "nodata": value_to_json(band.GetNoDataValue()),
        "colorInterp": gdal.GetColorInterpretationName(band.GetColorInterpretation()),
        "colorTable": None if table is None else [list(table.GetColorEntry(i)) for i in range(table.GetCount())],
        "scale": band.GetScale(),
        "offset": band.GetOffset(),
        "unit": band.GetUnitType(),
        "description": band.GetDescription(),
        "categories": band.GetCategoryNames(),
        "metadata": band.GetMetadata(),
        "maskFlags": band.GetMaskFlags(),
        "overviews": overview_sizes(band),
        "maskOverviews": overview_sizes(mask),
    }
    if with_pixels:
        facts["checksum"] = band.Checksum()
        facts["pixels"] = digest(band.ReadRaster())
        facts["maskChecksum"] = mask.Checksum()
        facts["maskPixels"] = digest(mask.ReadRaster())
        facts["overviewChecksums"] = [band.GetOverview(i).Checksum() for i in range(band.GetOverviewCount())]
    return facts


def describe(path, pixels=True):
    dataset = gdal.Open(path)
    transform = dataset.GetGeoTransform(can_return_null=True)
    srs = dataset.GetSpatialRef()
    return {
        "width": dataset.RasterXSize,
        "height": dataset.RasterYSize,
        "geoTransform": None if transform is None else list(transform),
        "gcpCount": dataset.GetGCPCount(),
        "files": dataset.GetFileList(),
        "metadata": dataset.GetMetadata(),
        "interleave": dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE"),
        "crs": None if srs is None else describe_crs(srs),
        "bands": [describe_band(dataset.GetRasterBand(i + 1), pixels) for i in range(dataset.RasterCount)],
    }


def describe_crs(srs):
    return {
        "authority": srs.GetAuthorityName(None),
        "code": srs.GetAuthorityCode(None),
        "name": srs.GetName(),
        "isGeographic": bool(srs.IsGeographic()),
        "isProjected": bool(srs.IsProjected()),
        "wkt": srs.ExportToWkt(),
        "proj4": srs.ExportToProj4(),
        "axisMapping": list(srs.GetDataAxisToSRSAxisMapping()),
    }


def same_crs(first, second):
    one, other = gdal.Open(first).GetSpatialRef(), gdal.Open(second).GetSpatialRef()
    if one is None or other is None:
        return one is other
    return bool(one.IsSame(other))


def values(path, band, window=None, mask=False, size=None, resampling="nearest"):
    dataset = gdal.Open(path)  # a band dies with its dataset
    source = dataset.GetRasterBand(band)
    if mask:
        source = source.GetMaskBand()
    name = gdal.GetDataTypeName(source.DataType)
    code = ARRAY_CODES.get(name)
    area = window or [0, 0, source.XSize, source.YSize]
    data = source.ReadRaster(*area, *(size or area[2:]), buf_type=source.DataType if code else gdal.GDT_Float64,
                             resample_alg=RESAMPLINGS[resampling])
    return [value_to_json(value) if code in ("q", "Q", "f", "d", None) else value
            for value in array.array(code or "d", bytes(data))]


def read(path, window, size, bands, mask=False, resampling="nearest"):
    """A window, which may be fractional, spread over as many pixels as wanted; see `read` of the TypeScript side."""
    dataset = gdal.Open(path)
    method = RESAMPLINGS[resampling]
    result = []
    for number in bands:
        band = dataset.GetRasterBand(number)
        # A VRT of one source composes its first reduced read of overviews that later reads of it do not look at.
        band.GetOverviewCount()
        band = band.GetMaskBand() if mask else band
        data = band.ReadRaster(*window, *size, buf_type=band.DataType, resample_alg=method)
        result.append({"dataType": gdal.GetDataTypeName(band.DataType), "data": base64.b64encode(data).decode()})
    return result


def buildvrt(destination, sources, args=(), folder=None):
    previous = os.getcwd()
    os.chdir(folder or previous)
    try:
        dataset = gdal.BuildVRT(destination, sources, options=list(args))
        if dataset is None:
            raise RuntimeError("gdalbuildvrt accepted no source")
        dataset.FlushCache()
    finally:
        os.chdir(previous)


def translate(source, destination, args=()):
    if gdal.Translate(destination, source, options=list(args)) is None:
        raise RuntimeError(f"gdal_translate made no {destination}")


def data_type_union(first, second):
    return gdal.GetDataTypeName(gdal.DataTypeUnion(gdal.GetDataTypeByName(first), gdal.GetDataTypeByName(second)))


def warp(destination, source, args):
    gdal.Warp(destination, source, options=list(args)).FlushCache()


def dem(destination, source, mode, args=()):
    gdal.DEMProcessing(destination, source, mode, options=list(args)).FlushCache()


def cog_problems(path):
    """What GDAL's own validator has against a file that means to be a COG, its pixels included."""
    from osgeo_utils.samples import validate_cloud_optimized_geotiff

    warnings, errors, _ = validate_cloud_optimized_geotiff.validate(path, full_check=True)
    return [*errors, *warnings]


def make_raster(path, spec):
    bands = spec["bands"]
    width, height = spec["width"], spec["height"]
    generator = random.Random(spec.get("seed", 1))
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES" if spec.get("mask") == "internal" else "NO")
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, width, height, len(bands), gdal.GetDataTypeByName(bands[0]["dataType"]), options=spec.get("options", []))
    if spec.get("geoTransform") is not None:
        dataset.SetGeoTransform(spec["geoTransform"])
    if spec.get("crs") is not None:
        srs = osr.SpatialReference()
        srs.SetFromUserInput(spec["crs"])
        dataset.SetProjection(srs.ExportToWkt())
    for key, value in spec.get("metadata", {}).items():
        dataset.SetMetadataItem(key, value)
    for index, facts in enumerate(bands):
        describe_new_band(dataset.GetRasterBand(index + 1), facts)
    for index, facts in enumerate(bands):
        fill(dataset.GetRasterBand(index + 1), facts, generator)
    if spec.get("mask"):
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        validity = bytes(255 if byte & 3 else 0 for byte in random_bytes(generator, width * height))
        dataset.GetRasterBand(1).GetMaskBand().WriteRaster(0, 0, width, height, validity, buf_type=gdal.GDT_Byte)
    dataset.FlushCache()
    if spec.get("overviews"):
        if spec.get("sidecarOverviews"):
            dataset = None
            dataset = gdal.Open(path)
        dataset.BuildOverviews("NEAREST", spec["overviews"])
    dataset = None
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)


def describe_new_band(band, facts):
    if facts.get("nodata") is not None:
        band.SetNoDataValue(value_from_json(facts["nodata"], facts["dataType"]))
    if facts.get("colorInterp") is not None:
        band.SetColorInterpretation(COLOR_INTERPS.index(facts["colorInterp"]))
    if facts.get("colorTable") is not None:
        table = gdal.ColorTable()
        for index, entry in enumerate(facts["colorTable"]):
            table.SetColorEntry(index, tuple(entry))
        band.SetColorTable(table)
    if facts.get("scale") is not None:
        band.SetScale(facts["scale"])
    if facts.get("offset") is not None:
        band.SetOffset(facts["offset"])
    if facts.get("unit") is not None:
        band.SetUnitType(facts["unit"])
    if facts.get("description") is not None:
        band.SetDescription(facts["description"])
    for key, value in facts.get("metadata", {}).items():
        band.SetMetadataItem(key, value)


def fill(band, facts, generator):
    """Given values row by row, or else random ones of 0..15, so that nodata values of that range occur often."""
    name, given = facts["dataType"], facts.get("values")
    if given is None:
        data, kind = bytes(byte & 15 for byte in random_bytes(generator, band.XSize * band.YSize)), gdal.GDT_Byte
    else:
        code = ARRAY_CODES.get(name)
        data = array.array(code or "d", [value_from_json(value, name) for value in given]).tobytes()
        kind = band.DataType if code else gdal.GDT_Float64
    band.WriteRaster(0, 0, band.XSize, band.YSize, data, buf_type=kind)


def random_bytes(generator, count):
    return generator.getrandbits(8 * count).to_bytes(count, "little") if count else b""


COMMANDS = {
    "version": lambda: gdal.__version__,
    "describe": describe,
    "sameCrs": same_crs,
    "values": values,
    "read": read,
    "translate": translate,
    "buildvrt": buildvrt,
    "makeRaster": make_raster,
    "dataTypeUnion": data_type_union,
    "warp": warp,
    "dem": dem,
    "cogProblems": cog_problems,
}


def main():
    # What libraries print must not mix with the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        request = json.loads(line)
        identifier, command = request.pop("id"), request.pop("command")
        try:
            answer = {"id": identifier, "result": COMMANDS[command](**request)}
        except Exception as error:  # whatever GDAL raises is the answer that the test asked for
            answer = {"id": identifier, "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
