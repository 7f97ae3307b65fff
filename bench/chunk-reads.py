"""Opens a VRT and reads 64 x 64 pixels from it, the first time and again, as one process that has read nothing before.

    python3 chunk-reads.py VRT COLUMN ROW

prints a line of JSON: milliseconds of each step, the memory that the two first added, and the SHA-1 of the pixels.
Runs on GDAL 3.6 and later, without numpy.
"""

import hashlib
import json
import sys
import time

from osgeo import gdal

gdal.UseExceptions()

SIZE = 64
REPEATS = 20


def resident_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def main(path, column, row):
    # Registering drivers and looking for plug-ins is no part of opening a VRT.
    gdal.GetDriverByName("MEM").Create("", 1, 1)
    bytes_before = resident_bytes()
    times = [time.perf_counter()]
    dataset = gdal.Open(path)
    times.append(time.perf_counter())
    pixels = dataset.ReadRaster(column, row, SIZE, SIZE)
    times.append(time.perf_counter())
    bytes_after = resident_bytes()
    start = time.perf_counter()
    for _ in range(REPEATS):
        dataset.ReadRaster(column, row, SIZE, SIZE)
    again = (time.perf_counter() - start) / REPEATS
    print(json.dumps({
        "version": gdal.__version__,
        "openMs": 1000 * (times[1] - times[0]),
        "readMs": 1000 * (times[2] - times[1]),
        "againMs": 1000 * again,
        "bytes": bytes_after - bytes_before,
        "pixels": hashlib.sha1(pixels).hexdigest(),
    }))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
