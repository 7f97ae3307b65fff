"""Makes the rasters of read.bench.ts, and reads them with GDAL in the same run.

    python3 read-peer.py make FOLDER < CASES       one COG for each case; prints {"version", "made": [name, ...]}
    python3 read-peer.py read FILE < WINDOWS       prints milliseconds of {"whole", "cold", "warm"}, each the least of some

WINDOWS is a list of [column, row, width, height]. `whole` reads all pixels, `cold` a window, both with a block
cache that holds nothing, `warm` the same windows from a full one. Runs on GDAL 3.6 and later,
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


def least(work):
    """Milliseconds of processor time: what others do on the machine counts little."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(1000 * (time.process_time() - start))
    return min(times)


def read(path, windows):
    cache_bytes = gdal.GetCacheMax()
    dataset = gdal.Open(path)

    def read_windows():
        for window in windows:
            dataset.ReadRaster(*window)

    gdal.SetCacheMax(1)
    whole = least(dataset.ReadRaster)
    cold = least(read_windows) / len(windows)
    gdal.SetCacheMax(cache_bytes)
    read_windows()
    warm = least(read_windows) / len(windows)
    print(json.dumps({"version": gdal.__version__, "whole": whole, "cold": cold, "warm": warm}))


if sys.argv[1] == "make":
    make(sys.argv[2], json.load(sys.stdin))
else:
    read(sys.argv[2], json.load(sys.stdin))
