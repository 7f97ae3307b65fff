"""Makes the rasters of read.bench.ts, and reads them with GDAL in the same run.

    python3 read-peer.py make FOLDER < CASES       one COG for each case; prints {"version", "made": [name, ...]}
    python3 read-peer.py read FILE < WINDOWS       prints milliseconds of {"whole": [...], "cold": [...], "warm": [...]}

WINDOWS is a list of [column, row, width, height]. `whole` reads all pixels with a dataset that was just opened, `cold`
a window with a block cache that holds nothing, `warm` the same windows from a full one. Runs on GDAL 3.6 and later,
without numpy.
"""

import array
import json
import random
import sys
import time

from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")

SIDE = 2048
ROUNDS = 5
CODES = {"Byte": "B", "UInt16": "H", "Float32": "f"}


def noisy_plane(data_type, band):
    """Smooth with the noise of a sensor: the same pixels in every run."""
    generator = random.Random(band)
    noise = array.array("B", generator.randbytes(SIDE * SIDE))
    scale = {"Byte": 1, "UInt16": 40, "Float32": 0.25}[data_type]
    values = array.array(CODES[data_type], bytes(SIDE * SIDE * array.array(CODES[data_type]).itemsize))
    for row in range(SIDE):
        base = row * SIDE
        for col in range(SIDE):
            values[base + col] = type(values[0])((((row + 2 * col) >> 4) % 200 + (noise[base + col] & 15)) * scale)
    return values.tobytes()


def make(folder, cases):
    made = []
    planes = {}
    for case in cases:
        data_type = case["dataType"]
        source = gdal.GetDriverByName("MEM").Create(
            "", SIDE, SIDE, case["bands"], gdal.GetDataTypeByName(data_type))
        for band in range(case["bands"]):
            key = data_type, band
            if key not in planes:
                planes[key] = noisy_plane(data_type, band)
            source.GetRasterBand(band + 1).WriteRaster(0, 0, SIDE, SIDE, planes[key])
        try:
            gdal.Translate(f"{folder}/{case['name']}.tif", source, format="COG", creationOptions=case["options"])
            made.append(case["name"])
        except RuntimeError as error:
            print(f"{case['name']}: {error}", file=sys.stderr)
    print(json.dumps({"version": gdal.__version__, "made": made}))


def timed(work):
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def read(path, windows):
    cache_bytes = gdal.GetCacheMax()
    whole = []
    for _ in range(ROUNDS):
        dataset = gdal.Open(path)
        whole.append(timed(dataset.ReadRaster))
        dataset = None
    gdal.SetCacheMax(1)
    dataset = gdal.Open(path)
    cold = [timed(lambda: dataset.ReadRaster(*window)) for _ in range(2) for window in windows]
    gdal.SetCacheMax(cache_bytes)
    dataset = gdal.Open(path)
    for window in windows:
        dataset.ReadRaster(*window)
    warm = [timed(lambda: dataset.ReadRaster(*window)) for _ in range(ROUNDS) for window in windows]
    print(json.dumps({"version": gdal.__version__, "whole": whole, "cold": cold, "warm": warm}))


if sys.argv[1] == "make":
    make(sys.argv[2], json.load(sys.stdin))
else:
    read(sys.argv[2], json.load(sys.stdin))
