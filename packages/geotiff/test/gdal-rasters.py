"""Writes GeoTIFFs with GDAL and the pixels GDAL reads back from them: the oracle of the pixel tests.

Reads from standard input: {"folder": ..., "cases": [{"name", "width", "height", "bands", "dataType", "options", ...}]}
Writes FOLDER/NAME.tif, FOLDER/NAME.bin (all bands one after another, native byte order) and, for cases with "mask",
FOLDER/NAME.mask, and the same of overviews as FOLDER/NAME-1.bin and so on; prints {"version": ..., "refused": {name: reason}}.
"""
import json
import os
import sys
import zlib

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")


def pixels(case, dtype):
    """Smooth, noisy and extreme samples, so that no codec has it easy; the same for every run."""
    width, height, bands = case["width"], case["height"], case["bands"]
    rng = np.random.default_rng(zlib.crc32(case["name"].encode()))
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for band in range(bands):
        base = (x * 3 + y * (2 + band)) % 251
        if case.get("smooth"):
            planes.append((base * 0.5 + 40).astype(dtype))
            continue
        noise = rng.integers(0, 1 << 16, (height, width))
        plane = np.where(y % 7 < 4, base, noise)
        if np.issubdtype(dtype, np.complexfloating):
            plane = plane * 1.25 - 40j * noise
        elif np.issubdtype(dtype, np.floating):
            plane = plane / 7.0 - 1000.0
        if "nbits" in case:
            plane = noise % (1 << case["nbits"]) if case["nbits"] < 17 else noise * 31 % (1 << case["nbits"])
        plane = plane.astype(np.complex128 if np.iscomplexobj(plane) else plane.dtype)
        with np.errstate(all="ignore"):
            plane = plane.astype(dtype)
        if np.issubdtype(dtype, np.integer) and "nbits" not in case:
            plane[0, :4] = [np.iinfo(dtype).min, np.iinfo(dtype).max, 0, 1]
        elif np.issubdtype(dtype, np.floating):
            plane[0, :6] = [np.nan, np.inf, -np.inf, -0.0, np.finfo(dtype).max, np.finfo(dtype).tiny]
        planes.append(plane)
    return planes


def create(case, path):
    sidecar_mask = "sidecars" in case.get("flags", [])
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO" if sidecar_mask else "YES")
    data_type = gdal.GetDataTypeByName(case["dataType"])
    if data_type == gdal.GDT_Unknown:
        raise RuntimeError("no data type " + case["dataType"])
    driver = gdal.GetDriverByName("GTiff")
    dataset = driver.Create(path, case["width"], case["height"], case["bands"], data_type, case["options"])
    for index, value in enumerate(case.get("nodata", [])):
        dataset.GetRasterBand(index + 1).SetNoDataValue(value)
    if case.get("palette"):
        table = gdal.ColorTable()
        for entry in range(256):
            table.SetColorEntry(entry, (entry, 255 - entry, entry // 2, 255))
        dataset.GetRasterBand(1).SetColorTable(table)
    dtype = dataset.GetRasterBand(1).ReadAsArray(0, 0, 1, 1).dtype
    if case.get("nbits") == 16 and case["dataType"] == "Float32":
        dtype = np.dtype("float16")
    for index, plane in enumerate(pixels(case, dtype)):
        if case.get("sparse"):
            # Only the top-left block is written; everything else stays unstored.
            dataset.GetRasterBand(index + 1).WriteArray(np.ascontiguousarray(plane[:16, :16]))
        else:
            dataset.GetRasterBand(index + 1).WriteArray(plane)
    if case.get("alpha") is not None:
        # Alpha that is all or nothing but for one pixel, which may be neither.
        plane = np.where(np.mgrid[0 : case["height"], 0 : case["width"]][1] % 9 < 5, 255, 0).astype(dtype)
        plane[3, 7] = case["alpha"]
        dataset.GetRasterBand(case["bands"]).WriteArray(plane)
    if case.get("mask"):
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        y, x = np.mgrid[0 : case["height"], 0 : case["width"]]
        dataset.GetRasterBand(1).GetMaskBand().WriteArray((((x + 2 * y) % 11 > 3) * 255).astype("uint8"))
    dataset = None
    if case.get("overviews"):
        sidecar = "sidecars" in case.get("flags", [])
        dataset = gdal.Open(path, gdal.GA_ReadOnly if sidecar else gdal.GA_Update)
        dataset.BuildOverviews("AVERAGE", case["overviews"])
        dataset = None
    if "cog" in case.get("flags", []):
        gdal.Translate(path + ".cog", path, format="COG", creationOptions=case["cogOptions"])
        os.replace(path + ".cog", path)


def read(case, path, folder):
    dataset = gdal.Open(path)
    with open(f"{folder}/{case['name']}.bin", "wb") as out:
        for index in range(dataset.RasterCount):
            out.write(dataset.GetRasterBand(index + 1).ReadRaster())
    if case.get("mask"):
        with open(f"{folder}/{case['name']}.mask", "wb") as out:
            out.write(dataset.GetRasterBand(1).GetMaskBand().ReadAsArray().tobytes())
    for level in range(dataset.GetRasterBand(1).GetOverviewCount()):
        overviews = [dataset.GetRasterBand(index + 1).GetOverview(level) for index in range(dataset.RasterCount)]
        with open(f"{folder}/{case['name']}-{level + 1}.bin", "wb") as out:
            for overview in overviews:
                out.write(overview.ReadRaster())
        if case.get("mask"):
            with open(f"{folder}/{case['name']}-{level + 1}.mask", "wb") as out:
                out.write(overviews[0].GetMaskBand().ReadRaster())


def main():
    request = json.load(sys.stdin)
    folder = request["folder"]
    refused = {}
    for case in request["cases"]:
        path = f"{folder}/{case['name']}.tif"
        try:
            if "file" not in case:
                create(case, path)
            read(case, case.get("file", path), folder)
        except Exception as error:
            refused[case["name"]] = str(error)
    print(json.dumps({"version": gdal.__version__, "refused": refused}))


main()
