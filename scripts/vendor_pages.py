#!/usr/bin/env python3
"""Brings the files below xdr-module/src/pages/vendor/ from the npm registry, and checks them.

    python3 scripts/vendor_pages.py          compares the files with the checksums below
    python3 scripts/vendor_pages.py update   packs the versions below with npm, and replaces the files

To take a newer version, change it below, run `update`, and put the checksums that it prints into the table.
"""

import hashlib
import pathlib
import subprocess
import sys
import tarfile
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "xdr-module/src/pages/vendor"

# Package, version, then the files: path in the package, path here, SHA-256.
PACKAGES = [
    (
        "swagger-ui-dist",
        "5.35.0",
        [
            ("swagger-ui-bundle.js", "swagger-ui/swagger-ui-bundle.js", "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2"),
            ("swagger-ui.css", "swagger-ui/swagger-ui.css", "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d"),
            ("LICENSE", "swagger-ui/LICENSE", "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"),
            ("NOTICE", "swagger-ui/NOTICE", "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2"),
        ],
    ),
    (
        "redoc",
        "2.5.4",
        [
            ("bundles/redoc.standalone.js", "redoc/redoc.standalone.js", "dcaf76612bc4a3fbcc923a8966dee2f6146a5f32e5ce1b6f02dd60cbbf89500b"),
            ("LICENSE", "redoc/LICENSE", "d3026d549cf68ab7355bcfa85877bf8f845b3334a7efbfdc63936432fb34ff0e"),
        ],
    ),
    (
        "@dagrejs/dagre",
        "3.1.3",
        [
            ("dist/dagre.esm.js", "dagre/dagre.esm.js", "b0ddaf4af1417bec9bd89373a3a3987f081727d6cc6d95fc40dbf85a19bdf3b0"),
            ("LICENSE", "dagre/LICENSE", "6a349742a6cb219d5a2fc8d0844f6d89a6efc62e20c664450d884fc7ff2d6015"),
        ],
    ),
]


def check():
    """Returns the files that differ from the table."""
    wrong = []
    for _, _, files in PACKAGES:
        for _, here, checksum in files:
            found = hashlib.sha256((FOLDER / here).read_bytes()).hexdigest()
            if found != checksum:
                wrong.append(f"{here}: {found} instead of {checksum}")
    return wrong


def update():
    """Replaces the files by those of the packages."""
    for package, version, files in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            packed = subprocess.run(
                ["npm", "pack", "--silent", f"{package}@{version}"],
                cwd=folder, check=True, capture_output=True, text=True,
            ).stdout.strip().splitlines()[-1]
            with tarfile.open(pathlib.Path(folder) / packed) as archive:
                for there, here, _ in files:
                    target = FOLDER / here
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.extractfile(f"package/{there}").read())


def main():
    if sys.argv[1:] == ["update"]:
        update()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    wrong = check()
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
