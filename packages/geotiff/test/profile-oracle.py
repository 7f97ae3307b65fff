"""What GDAL makes of rasters. Commands, JSON out:

    make FOLDER      writes the test rasters into it
    describe         facts of each file named on standard input (JSON array)
    same             whether CRSs are the same: [[wkt, axis mapping, path], ...] on standard input
    sameText         the same for two texts: [[wkt, wkt], ...]
"""
import json
import math
import sys

import profile_rasters
from osgeo import gdal, osr

gdal.DontUseExceptions()
osr.DontUseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return str(value) if isinstance(value, int) else value


def sizes(band):
    return [[band.GetOverview(i).XSize, band.GetOverview(i).YSize] for i in range(band.GetOverviewCount())]


def describe_band(band):
    table, mask = band.GetColorTable(), band.GetMaskBand()
    return {
        "dataType": gdal.GetDataTypeName(band.DataType),
        "nbits": band.GetMetadataItem("NBITS", "IMAGE_STRUCTURE"),
        "block": band.GetBlockSize(),
        "nodata": number(band.GetNoDataValue()),
        "colorInterp": gdal.GetColorInterpretationName(band.GetColorInterpretation()),
        "colorTable": None if table is None else [list(table.GetColorEntry(i)) for i in range(table.GetCount())],
        "scale": band.GetScale(),
        "offset": band.GetOffset(),
        "unit": band.GetUnitType() or None,
        "description": band.GetDescription() or None,
        "categories": band.GetCategoryNames(),
        "metadata": band.GetMetadata(),
        "maskFlags": band.GetMaskFlags(),
        "overviews": sizes(band),
        "maskBlock": mask.GetBlockSize(),
        "maskOverviews": sizes(mask),
    }


def describe(path):
    dataset = gdal.Open(path)
    if dataset is None:
        return None
    transform = dataset.GetGeoTransform(can_return_null=True)
    srs = dataset.GetSpatialRef()
    structure = dataset.GetMetadata("IMAGE_STRUCTURE")
    return {
        "width": dataset.RasterXSize,
        "height": dataset.RasterYSize,
        "geoTransform": None if transform is None else [number(value) for value in transform],
        "gcps": dataset.GetGCPCount(),
        "rpc": len(dataset.GetMetadata("RPC") or {}),
        "metadata": dataset.GetMetadata(),
        "interleave": structure.get("INTERLEAVE"),
        "compression": structure.get("COMPRESSION"),
        "predictor": structure.get("PREDICTOR"),
        "crs": None if srs is None else {
            "code": srs.GetAuthorityCode(None),
            "axisMapping": ",".join(str(axis) for axis in srs.GetDataAxisToSRSAxisMapping()[:2]),
            "unit": srs.GetAngularUnits() if srs.IsGeographic() else srs.GetLinearUnits(),
            "name": srs.GetName(),
            "kind": "local" if srs.IsLocal() else "other",
        },
        "bands": [describe_band(dataset.GetRasterBand(i + 1)) for i in range(dataset.RasterCount)],
    }


def same(wkt, axis_mapping, path):
    theirs = gdal.Open(path).GetSpatialRef()
    ours = osr.SpatialReference()
    if theirs is None or ours.ImportFromWkt(wkt) != 0:
        return False
    axes = [int(axis) for axis in axis_mapping.split(",")]
    ours.SetDataAxisToSRSAxisMapping(axes + list(range(3, theirs.GetAxesCount() + 1)))
    return bool(ours.IsSame(theirs))


def same_text(first, second):
    one, other = osr.SpatialReference(), osr.SpatialReference()
    for srs, text in ((one, first), (other, second)):
        srs.SetFromUserInput(text)
    return bool(one.IsSame(other, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"]))


command = sys.argv[1]
if command == "make":
    json.dump({"version": gdal.__version__, "files": profile_rasters.make_all(sys.argv[2])}, sys.stdout)
elif command == "describe":
    json.dump([describe(path) for path in json.load(sys.stdin)], sys.stdout)
elif command == "same":
    json.dump([same(*arguments) for arguments in json.load(sys.stdin)], sys.stdout)
elif command == "sameText":
    json.dump([same_text(*arguments) for arguments in json.load(sys.stdin)], sys.stdout)
