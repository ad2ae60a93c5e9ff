"""Small sets of boxes in each format, for the tests of their readers."""

import json
from pathlib import Path

from PIL import Image

COCO = {
    "info": {"year": 2026},
    "images": [
        {"id": 1, "file_name": "a.jpg", "width": 100, "height": 80},
        {"id": 2, "file_name": "b.jpg", "width": 100, "height": 80},
        {"id": 3, "file_name": "c.jpg", "width": 100, "height": 80},
    ],
    "annotations": [
        {"id": 1, "image_id": 2, "category_id": 3, "bbox": [1, 2, 30, 40], "area": 1200},
        {"id": 2, "image_id": 1, "category_id": 7, "bbox": [5.5, 6, 10, 10], "iscrowd": 1},
        {"id": 3, "image_id": 2, "category_id": 7, "bbox": [50, 2, 20, 20], "area": 399.5,
         "segmentation": [[50, 2, 70, 2, 70, 22]]},
    ],
    "categories": [{"id": 3, "name": "car"}, {"id": 7, "name": "dog"}],
}  # fmt: skip
VOC = """<annotation>
\t<filename>a.jpg</filename>
\t<size><width>100</width><height>80</height><depth>3</depth></size>
\t<object>
\t\t<name>dog &amp; cat</name>
\t\t<difficult>1</difficult>
\t\t<bndbox>
\t\t\t<xmin>48</xmin>
\t\t\t<ymin>24</ymin>
\t\t\t<xmax>95</xmax>
\t\t\t<ymax>71</ymax>
\t\t</bndbox>
\t\t<part><name>head</name><bndbox><xmin>1</xmin><ymax>4</ymax></bndbox></part>
\t</object>
\t<object>
\t\t<name>person</name>
\t\t<bndbox><xmin>8.5</xmin><ymin>12</ymin><xmax>35</xmax><ymax>40</ymax></bndbox>
\t</object>
</annotation>
"""


def picture(path: Path, width: int = 100, height: int = 80) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height)).save(path)


def coco(folder: Path, whole: dict | str = COCO, **how) -> Path:
    """A COCO file with its pictures beside it."""
    path = folder / "instances.json"
    path.write_text(whole if isinstance(whole, str) else json.dumps(whole, **how))
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        picture(folder / "images" / name)
    return path


def voc(folder: Path) -> Path:
    """Two annotated pictures, of which one has no object."""
    (folder / "Annotations").mkdir(parents=True)
    (folder / "Annotations" / "a.xml").write_text(VOC)
    empty = "<annotation><filename>b.jpg</filename>\n  <size/>\n</annotation>\n"
    (folder / "Annotations" / "b.xml").write_text(empty)
    for name in ("a.jpg", "b.jpg"):
        picture(folder / "JPEGImages" / name)
    return folder


def yolo(folder: Path, yaml: str | None = None) -> Path:
    """Ultralytics' layout: two splits of three pictures, of which three have a file of boxes."""
    for split in ("train", "val"):
        (folder / "labels" / split).mkdir(parents=True)
        for number in range(3):
            picture(folder / "images" / split / f"{number}.jpg")
    lines = "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.3 0.1 0.3 0.4\nx y\n1 0.2 0.2 0.1 0.1"
    (folder / "labels" / "train" / "0.txt").write_text(lines)
    (folder / "labels" / "train" / "1.txt").write_text("")
    (folder / "labels" / "val" / "0.txt").write_text("0 0.5 0.5 0.2 0.25\r\n")
    (folder / "data.yaml").write_text(
        yaml or "train: images/train\nval: images/val\nnames: [car, dog]\n"
    )
    return folder


def label_studio(folder: Path) -> Path:
    """Three tasks: two rectangles, an empty answer, and no answer."""

    def rectangle(x: float, name: str, **more: object) -> dict:
        value = {"x": x, "y": 10, "width": 20, "height": 50, "rotation": 0}
        about = {"from_name": "label", "to_name": "image", "type": "rectanglelabels"}
        sizes = {"original_width": 100, "original_height": 80}
        return {
            "id": f"r{x}",
            **about,
            **sizes,
            "value": {**value, "rectanglelabels": [name]} | more,
        }

    tasks = [
        {"id": 11, "data": {"image": "/data/upload/1/a.jpg"},
         "annotations": [{"id": 5, "result": [rectangle(10, "car"), rectangle(50, "dog")]}]},
        {"id": 12, "data": {"image": "/data/local-files/?d=images/b.jpg"},
         "annotations": [{"id": 6, "result": []}]},
        {"id": 13, "data": {"image": "c.jpg"}, "annotations": []},
    ]  # fmt: skip
    path = folder / "export.json"
    path.write_text(json.dumps(tasks, indent=2))
    for name in ("a.jpg", "b.jpg"):
        picture(folder / "images" / name)
    return path
