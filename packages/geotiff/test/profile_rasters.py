"""The rasters on which profiles are compared with GDAL: one function a kind, each returns the names it wrote."""
import os

from crs_rasters import make_crs_rasters
from osgeo import gdal, osr
from tiny_tiff import geo_keys, image, write_tiff

UTM = geo_keys({1024: 1, 1025: 1, 3072: 32631, 3076: 9001})
UTM_POINT = geo_keys({1024: 1, 1025: 2, 3072: 32631, 3076: 9001})
TIEPOINT = (12, [0, 0, 0, 500000.3, 4600000.7, 0])
SCALE = (12, [10.1, 20.2, 0])
MATRIX = (12, [1.1, 2, 0, 3.3, 4, -5.5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1])
GCPS = (12, [0, 0, 0, 100, 200, 0, 16, 0, 0, 260, 200, 0, 16, 8, 0, 260, 120, 0, 0, 8, 0, 100, 120, 0])
WORLD = "30\n0.5\n-0.25\n-40\n1015\n2080\n"
PAM_PLACE = "<SRS>EPSG:32633</SRS><GeoTransform>7,8,0,9,0,-10</GeoTransform>"


class Folder:
    def __init__(self, path):
        self.path = path
        self.names = []

    def file(self, name):
        return os.path.join(self.path, name)

    def tiff(self, name, directories, sidecars=None, **options):
        """`sidecars` maps suffixes (`.tfw`, `.aux.xml`) to text; `.aux.xml` is wrapped in PAMDataset."""
        name += ".tif"
        write_tiff(self.file(name), directories if isinstance(directories, list) else [directories], **options)
        for suffix, text in (sidecars or {}).items():
            if suffix == ".aux.xml":
                text = f"<PAMDataset>{text}</PAMDataset>"
            with open(self.file(name + suffix if suffix == ".aux.xml" else name[:-4] + suffix), "w") as sidecar:
                sidecar.write(text)
        self.names.append(name)

    def gdal(self, name, width=40, height=30, bands=1, data_type=gdal.GDT_Byte, options=(), finish=None):
        """A raster that GDAL writes; one it refuses (types of later versions) is left out."""
        name += ".tif"
        dataset = gdal.GetDriverByName("GTiff").Create(self.file(name), width, height, bands, data_type, list(options))
        if dataset is None:
            return
        dataset.SetGeoTransform([500000, 10, 0, 4600000, 0, -10])
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(32631)
        dataset.SetProjection(srs.ExportToWkt())
        if finish is not None:
            finish(dataset)
        dataset = None
        self.names.append(name)


def make_georeferences(folder):
    cases = {
        "tiepoint": ({33922: TIEPOINT, 33550: SCALE}, UTM),
        "tiepoint-pixel-is-point": ({33922: TIEPOINT, 33550: SCALE}, UTM_POINT),
        "tiepoint-elsewhere": ({33922: (12, [3.7, 2.3, 0, 500000.3, 4600000.7, 0]), 33550: SCALE}, UTM),
        "tiepoint-elsewhere-point": ({33922: (12, [3.7, 2.3, 0, 500000.3, 4600000.7, 0]), 33550: SCALE}, UTM_POINT),
        "negative-y-scale": ({33922: TIEPOINT, 33550: (12, [10.1, -20.2, 0])}, UTM),
        "mirrored": ({33922: TIEPOINT, 33550: (12, [-10.1, 20.2, 0])}, UTM),
        "no-scale": ({33922: TIEPOINT, 33550: (12, [0, 0, 0])}, UTM),
        "two-scales": ({33922: TIEPOINT, 33550: (12, [10.3, 20.7])}, UTM),
        "scale-only": ({33550: SCALE}, UTM),
        "matrix": ({34264: MATRIX}, UTM),
        "matrix-point": ({34264: MATRIX}, UTM_POINT),
        "matrix-and-tiepoint": ({34264: MATRIX, 33922: TIEPOINT}, UTM),
        "matrix-and-scale": ({34264: MATRIX, 33922: TIEPOINT, 33550: SCALE}, UTM),
        "short-matrix": ({34264: (12, MATRIX[1][:8])}, UTM),
        "identity-matrix": ({34264: (12, [1, 0, 0, 0, 0, 1, 0, 0] + [0] * 7 + [1])}, UTM),
        "one-tiepoint": ({33922: TIEPOINT}, UTM),
        "two-tiepoints-and-scale": ({33922: (12, GCPS[1][:12]), 33550: SCALE}, UTM),
        "gcps": ({33922: GCPS}, UTM),
        "gcps-point": ({33922: GCPS}, UTM_POINT),
        "no-georeference": ({}, {}),
        "rpc": ({50844: (12, [0.5, 0.5] + [float(i) for i in range(90)])}, {}),
        "rpc-and-tiepoint": ({50844: (12, [0.5] * 92), 33922: TIEPOINT, 33550: SCALE}, UTM),
        "awkward-numbers": ({33922: (12, [0.1, 0.7, 0, -1 / 3, 1e7 / 7, 0]), 33550: (12, [1 / 3, 1 / 7, 0])}, UTM_POINT),
    }
    for name, (tags, keys) in cases.items():
        folder.tiff(name, {**image(), **keys, **tags})
    placed = {**image(), **UTM, 33922: TIEPOINT, 33550: SCALE}
    folder.tiff("world-file", image(), {".tfw": WORLD})
    folder.tiff("world-file-tifw", image(), {".tifw": WORLD})
    folder.tiff("world-file-wld", image(), {".wld": WORLD})
    folder.tiff("world-file-commas", image(), {".tfw": WORLD.replace(".", ",")})
    folder.tiff("world-file-short", image(), {".tfw": "30\n0\n0\n"})
    folder.tiff("world-file-flat", image(), {".tfw": "0\n0\n0\n0\n1\n2\n"})
    folder.tiff("world-file-and-crs", {**image(), **UTM_POINT}, {".tfw": WORLD})
    folder.tiff("world-file-and-tags", placed, {".tfw": WORLD})
    folder.tiff("world-file-and-gcps", {**image(), **UTM, 33922: GCPS}, {".tfw": WORLD})
    folder.tiff("pam-place", placed, {".tfw": WORLD, ".aux.xml": PAM_PLACE})
    folder.tiff("pam-place-point", {**placed, **UTM_POINT}, {".aux.xml": PAM_PLACE})
    folder.tiff("pam-srs", {**placed, **UTM_POINT}, {".aux.xml": "<SRS>EPSG:32633</SRS>"})
    folder.tiff("pam-geotransform", placed, {".aux.xml": "<GeoTransform>7,8,0.5,9,-0.5,10</GeoTransform>"})
    folder.tiff("pam-over-world-file", image(), {".tfw": WORLD, ".aux.xml": PAM_PLACE})
    gcps = '<GCPList Projection="EPSG:32633"><GCP Id="" Pixel="1" Line="2" X="3" Y="4"/></GCPList>'
    folder.tiff("pam-gcps", placed, {".aux.xml": gcps})


def make_nodata(folder):
    texts = {
        8: ["nan", "-9999", "0", "abc", "", " 7 ", "7xyz", "256", "1.5"],
        16: ["65535", "-1"],
        32: ["1e10", "4294967295"],
    }
    for bits, values in texts.items():
        for i, text in enumerate(values):
            folder.tiff(f"nodata-u{bits}-{i}", image(bits=(bits,), t42113=(2, text)))
    floats = ["-9999", "nan", "NaN", "inf", "-inf", "-1.#IND", "1e400", "-3.4028234663852886e+38", "-3.40282346638529e+38",
              "-3.4028235e+38", "3.4029e38", "1,5", "0.1", "1e-50"]
    for bits in (32, 64):
        for i, text in enumerate(floats):
            folder.tiff(f"nodata-f{bits}-{i}", image(bits=(bits,), t339=(3, [3]), t42113=(2, text)))
    signed = ["9223372036854775807", "-9223372036854775808", "1.5", "99999999999999999999", "nan"]
    for i, text in enumerate(signed):
        folder.tiff(f"nodata-i64-{i}", image(bits=(64,), t339=(3, [2]), t42113=(2, text)))
    for i, text in enumerate(["18446744073709551615", "-1", "0"]):
        folder.tiff(f"nodata-u64-{i}", image(bits=(64,), t42113=(2, text)))
    folder.tiff("nodata-complex", image(bits=(64,), t339=(3, [6]), t42113=(2, "-9999")))


def make_samples(folder):
    formats = [(1, 1), (2, 1), (4, 1), (7, 1), (8, 1), (8, 2), (12, 1), (16, 1), (16, 2), (16, 3), (17, 1), (24, 1), (24, 3),
               (32, 1), (32, 2), (32, 3), (32, 4), (32, 5), (32, 6), (64, 1), (64, 2), (64, 3), (64, 5), (64, 6), (128, 6)]
    for bits, sample_format in formats:
        folder.tiff(f"sample-{bits}-{sample_format}", image(bits=(bits,), t339=(3, [sample_format])))
    colors = {
        "min-is-white": dict(photometric=0),
        "min-is-white-1-bit": dict(photometric=0, bits=(1,)),
        "min-is-white-2-bit": dict(photometric=0, bits=(2,)),
        "min-is-white-two-bands": dict(photometric=0, bits=(8, 8)),
        "gray-extra": dict(bits=(8, 8), t338=(3, [0])),
        "gray-premultiplied": dict(bits=(8, 8), t338=(3, [1])),
        "gray-alpha": dict(bits=(8, 8), t338=(3, [2])),
        "gray-alpha-float": dict(bits=(32, 32), t338=(3, [2]), t339=(3, [3, 3])),
        "gray-alpha-nodata": dict(bits=(8, 8), t338=(3, [2]), t42113=(2, "3")),
        "gray-three": dict(bits=(8, 8, 8)),
        "gray-four-alpha": dict(bits=(8,) * 4, t338=(3, [0, 0, 2])),
        "gray-three-alpha": dict(bits=(8,) * 3, t338=(3, [0, 2])),
        "rgb": dict(photometric=2, bits=(8, 8, 8)),
        "rgb-two-bands": dict(photometric=2, bits=(8, 8)),
        "rgb-float": dict(photometric=2, bits=(32,) * 3, t339=(3, [3] * 3)),
        "rgb-fourth-unsaid": dict(photometric=2, bits=(8,) * 4),
        "rgb-nir": dict(photometric=2, bits=(8,) * 4, t338=(3, [0])),
        "rgb-nir-alpha": dict(photometric=2, bits=(8,) * 5, t338=(3, [0, 2])),
        "rgba-16": dict(photometric=2, bits=(16,) * 4, t338=(3, [2])),
        "rgba-int16": dict(photometric=2, bits=(16,) * 4, t338=(3, [2]), t339=(3, [2] * 4)),
        "mask-photometric": dict(photometric=4),
        "palette": dict(photometric=3, t320=(3, [0, 65535, 257, 128, 255] + [0] * 251 + [1000] * 256 + [65280] * 256)),
        "palette-of-bytes": dict(photometric=3, t320=(3, ([0, 255, 37] + [1] * 253) * 3)),
        "palette-4-bit": dict(photometric=3, bits=(4,), t320=(3, [0, 65535, 257, 1000] * 4 * 3)),
        "palette-nodata": dict(photometric=3, t320=(3, ([0, 65535, 257] + [9999] * 253) * 3), t42113=(2, "1")),
        "palette-missing": dict(photometric=3),
        "palette-alpha": dict(photometric=3, bits=(8, 8), t320=(3, [777] * 768), t338=(3, [2])),
        "no-photometric": dict(t262=None),
        "no-bits": dict(t258=None, t277=None, t273=(4, [8]), t279=(4, [16])),
        "bits-once": dict(bits=(8, 8, 8), t258=(3, [8])),
    }
    for name, options in colors.items():
        folder.tiff(f"color-{name}", image(**options))


def make_blocks(folder):
    for width, height in ((16, 8), (300, 200), (2000, 2000), (100, 5000), (20000, 200)):
        for compression in (1, 8):
            tags = dict(t259=(3, [compression]), t278=(4, [height]), t273=(4, [8]), t279=(4, [width * height]))
            folder.tiff(f"one-strip-{width}-{height}-{compression}", image(width, height, **tags))
    folder.tiff("one-strip-bits", image(5000, 5000, (1,), t278=(4, [5000]), t273=(4, [8]), t279=(4, [9])))
    folder.tiff("strips", image(t278=(4, [3]), t273=(4, [8] * 3), t279=(4, [48, 48, 32])))
    folder.tiff("strip-beyond-height", image(t278=(4, [4294967295])))
    folder.tiff("planar", image(bits=(8, 8), t284=(3, [2]), t278=(4, [4]), t273=(4, [8] * 4), t279=(4, [64] * 4)))
    folder.tiff("tile", image(t322=(4, [32]), t323=(4, [16]), t324=(4, [0]), t325=(4, [0])))
    folder.tiff("few-tiles", image(100, 100, t322=(4, [16]), t323=(4, [16]), t324=(4, [8] * 10), t325=(4, [1] * 10)))
    folder.tiff("many-tiles", image(100, 100, t322=(4, [16]), t323=(4, [16]), t324=(4, [8] * 99), t325=(4, [1] * 99)))
    folder.tiff("huge-and-empty", image(2**31 - 1, 2**31 - 1))
    folder.tiff("no-byte-counts", image(100, 100, t273=(4, [8])))
    for compression in ("LZW", "PACKBITS", "DEFLATE", "ZSTD", "LZMA", "LERC", "LERC_DEFLATE", "LERC_ZSTD", "WEBP", "JXL", "CCITTFAX4"):
        bands = 3 if compression == "WEBP" else 1
        bits = ["NBITS=1"] if compression == "CCITTFAX4" else []
        folder.gdal(f"compressed-{compression}", bands=bands, options=[f"COMPRESS={compression}", *bits])
    for predictor in (2, 3):
        data_type = gdal.GDT_Float32 if predictor == 3 else gdal.GDT_UInt16
        folder.gdal(f"predictor-{predictor}", data_type=data_type, options=["COMPRESS=DEFLATE", f"PREDICTOR={predictor}"])
    folder.gdal("jpeg-ycbcr", bands=3, options=["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"])
    folder.gdal("jpeg-rgb", bands=3, options=["COMPRESS=JPEG", "PHOTOMETRIC=RGB"])
    folder.gdal("big-tiff", options=["BIGTIFF=YES", "TILED=YES"])
    folder.gdal("big-endian", options=["ENDIANNESS=BIG"], bands=2, data_type=gdal.GDT_Float64)
    folder.gdal("sparse", 3000, 3000, options=["SPARSE_OK=TRUE", "TILED=YES"])
    folder.tiff("big-tiff-big-endian", {**image(), **UTM, 33922: TIEPOINT, 33550: SCALE}, big=True, order=">")


def make_metadata(folder):
    def metadata(items):
        return (2, f"<GDALMetadata>{items}</GDALMetadata>")

    item = '<Item name="%s" sample="0"%s>%s</Item>'
    statistics = "".join(item % (f"STATISTICS_{key}", "", value) for key, value in
                         (("MINIMUM", 1), ("MAXIMUM", 2), ("MEAN", 1.5), ("STDDEV", 0.25), ("VALID_PERCENT", 50)))
    roles = "".join(item % (role.upper(), f' role="{role}"', value) for role, value in
                    (("scale", 2), ("offset", 10), ("unittype", "m"), ("description", "inside")))
    mixed = ('<Item name="A">1</Item><Item name="B" domain="OTHER">2</Item><Item name="a">twice</Item>'
             '<Item name="X&amp;Y">&lt;z&gt; &quot;</Item><Item name="E"></Item><Item name="AREA_OR_POINT">Point</Item>'
             '<Item name="TIFFTAG_SOFTWARE">other</Item><Item name="H" sample="7">h</Item>')
    names = ["NIR", "undefined", "Alpha", "red"]
    interps = "".join(f'<Item name="COLORINTERP" sample="{i}" role="colorinterp">{name}</Item>' for i, name in enumerate(names))
    folder.tiff("metadata", image(bits=(8, 8), t42112=metadata(mixed + statistics + roles), t305=(2, "soft")))
    folder.tiff("metadata-scale-only", image(t42112=metadata(item % ("SCALE", ' role="scale"', 3))))
    folder.tiff("metadata-color", image(bits=(8,) * 4, t42112=metadata(interps)))
    folder.tiff("metadata-not-xml", image(t42112=(2, "<GDALMetadata><Item name='A'>1</Item>")))
    folder.tiff("metadata-white-space", image(t42112=(2, '\n<GDALMetadata>\n  <Item name="A">  1 </Item>\n</GDALMetadata>\n')))
    folder.tiff("metadata-few-statistics", image(t42112=metadata(item % ("STATISTICS_MINIMUM", "", 1))))
    together = '<Item name="NODATA_VALUES">1 2 3</Item>'
    folder.tiff("metadata-nodata-values", image(bits=(8,) * 3, photometric=2, t42112=metadata(together)))
    texts = {269: "doc", 270: "desc", 305: "soft", 306: "2020:01:01 00:00:00", 315: "me", 316: "host", 33432: "(c)"}
    tags = {f"t{tag}": (2, text) for tag, text in texts.items()}
    numbers = dict(t282=(11, [72.5]), t283=(11, [1 / 3]), t296=(3, [2]), t280=(3, [3]), t281=(3, [200]))
    folder.tiff("metadata-tags", image(**tags, **numbers))

    pam_band = ('<PAMRasterBand band="1"><Description>beside</Description><NoDataValue>5</NoDataValue><UnitType>ft</UnitType>'
                "<Offset>3</Offset><Scale>4</Scale><ColorInterp>Green</ColorInterp><CategoryNames><Category>a</Category>"
                '<Category>b</Category></CategoryNames><Metadata><MDI key="K">v</MDI><MDI key="STATISTICS_MINIMUM">0</MDI>'
                '<MDI key="STATISTICS_MAXIMUM">9</MDI><MDI key="STATISTICS_MEAN">4</MDI><MDI key="STATISTICS_STDDEV">2</MDI>'
                '</Metadata><Metadata domain="IMAGE_STRUCTURE"><MDI key="NBITS">3</MDI></Metadata></PAMRasterBand>'
                '<Metadata><MDI key="A">beside</MDI><MDI key="Z">z</MDI></Metadata>')
    inside = metadata('<Item name="A">1</Item>' + roles)
    folder.tiff("pam-over-metadata", image(t42112=inside, t42113=(2, "7")), {".aux.xml": pam_band})
    folder.tiff("pam-alone", image(), {".aux.xml": pam_band})
    band = '<PAMRasterBand band="%d">%s</PAMRasterBand>'
    table = "<ColorTable><Entry c1='1' c2='2' c3='3' c4='255'/><Entry c1='4' c2='5' c3='6' c4='0'/></ColorTable>"
    folder.tiff("pam-colors", image(), {".aux.xml": band % (1, "<ColorInterp>Palette</ColorInterp>" + table)})
    floating = dict(bits=(32,), t339=(3, [3]))
    hexadecimal = '<NoDataValue le_hex_equiv="000000000000F03F">2</NoDataValue>'
    folder.tiff("pam-nodata-hex", image(**floating), {".aux.xml": band % (1, hexadecimal)})
    folder.tiff("pam-nodata-nan", image(**floating), {".aux.xml": band % (1, "<NoDataValue>nan</NoDataValue>")})
    big = "<NoDataValue>-9223372036854775807</NoDataValue>"
    folder.tiff("pam-nodata-int64", image(bits=(64,), t339=(3, [2]), t42113=(2, "7")), {".aux.xml": band % (1, big)})
    second = band % (2, "<NoDataValue>5</NoDataValue>")
    folder.tiff("pam-nodata-second", image(bits=(8, 8), t42113=(2, "7")), {".aux.xml": second})
    folder.tiff("pam-alpha", image(bits=(8, 8)), {".aux.xml": band % (2, "<ColorInterp>Alpha</ColorInterp>")})
    folder.tiff("pam-scale-one", image(), {".aux.xml": band % (1, "<Scale>1</Scale><Offset>0</Offset>")})
    folder.tiff("pam-damaged", image(), {".aux.xml": '<PAMRasterBand band="1"><NoDataValue>5</NoDataValue>'})


def make_attached(folder):
    def with_mask(dataset):
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().Fill(255)

    def masked_nodata(dataset):
        dataset.GetRasterBand(1).SetNoDataValue(3)
        with_mask(dataset)

    def overviews(name, levels, read_only=False):
        dataset = gdal.Open(folder.file(name + ".tif"), gdal.GA_ReadOnly if read_only else gdal.GA_Update)
        dataset.BuildOverviews("NEAREST", levels)

    for location in ("internal", "sidecar"):
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES" if location == "internal" else "NO")
        folder.gdal(f"mask-{location}", 300, 200, finish=with_mask)
        folder.gdal(f"mask-{location}-nodata", 300, 200, finish=masked_nodata)
        folder.gdal(f"mask-{location}-tiled", 300, 200, finish=with_mask, options=["TILED=YES", "COMPRESS=DEFLATE"])
        for read_only in (False, True):
            name = f"mask-{location}-overviews-{'sidecar' if read_only else 'internal'}"
            folder.gdal(name, 300, 200, finish=with_mask)
            overviews(name, [2, 4], read_only)
    folder.gdal("overviews-internal", 300, 200, 3)
    overviews("overviews-internal", [2, 4, 8])
    folder.gdal("overviews-sidecar", 301, 203)
    overviews("overviews-sidecar", [2, 3, 8], True)
    folder.gdal("overviews-of-bits", 300, 200, options=["NBITS=1"])
    overviews("overviews-of-bits", [2])

    def level(width, height, subfile_type, bits=(8,), photometric=1):
        return image(width, height, bits, photometric, t254=(4, [subfile_type]))

    full = image(300, 200)
    folder.tiff("level-of-other-bands", [full, level(150, 100, 1, (8, 8, 8))])
    folder.tiff("level-of-other-type", [full, level(150, 100, 1, (16,))])
    folder.tiff("level-odd", [full, level(151, 99, 1)])
    folder.tiff("pages", [full, level(300, 200, 0), level(300, 200, 2), level(150, 100, 1)])
    folder.tiff("first-is-reduced", [level(300, 200, 1), level(150, 100, 1)])
    folder.tiff("first-is-mask", [level(300, 200, 4), full])
    folder.tiff("mask-of-bits", [full, level(300, 200, 4, (1,), 4)])
    folder.tiff("mask-of-other-size", [full, level(150, 100, 4, (1,), 4)])
    folder.tiff("masks", [full, level(300, 200, 4, (1,), 4), level(300, 200, 4, (8,), 4)])
    folder.tiff("mask-levels", [full, level(300, 200, 4, (1,), 4), level(150, 100, 1), level(150, 100, 5, (1,), 4), level(75, 50, 1)])
    folder.tiff("mask-level-alone", [full, level(150, 100, 1), level(150, 100, 5, (1,), 4)])
    folder.tiff("mask-level-too-early", [full, level(150, 100, 5, (1,), 4), level(150, 100, 1), level(300, 200, 4, (1,), 4)])
    folder.gdal("cog-source", 1200, 900, 3, finish=lambda dataset: dataset.CreateMaskBand(gdal.GMF_PER_DATASET))
    options = ["COMPRESS=DEFLATE", "BLOCKSIZE=128", "PREDICTOR=YES"]
    gdal.GetDriverByName("COG").CreateCopy(folder.file("cog.tif"), gdal.Open(folder.file("cog-source.tif")), options=options)
    folder.names.append("cog.tif")


def make_all(path):
    folder = Folder(path)
    for make in (make_georeferences, make_nodata, make_samples, make_blocks, make_metadata, make_attached, make_crs_rasters):
        make(folder)
    return folder.names
