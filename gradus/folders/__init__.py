"""Folders of files: pictures with classes, and what is shared with texts."""

from gradus.folders.encoder import ImageEncoder
from gradus.folders.labelled import find_labelled, load_pictures
from gradus.folders.layout import PART_NAMES, Layout, find_layout
from gradus.folders.loading import find_files, load_image_folder, split_layout
from gradus.folders.tree import IMAGE_SUFFIXES, TEXT_SUFFIXES, File, Tree, read_tree

__all__ = [
    "IMAGE_SUFFIXES",
    "PART_NAMES",
    "TEXT_SUFFIXES",
    "File",
    "ImageEncoder",
    "Layout",
    "Tree",
    "find_files",
    "find_labelled",
    "find_layout",
    "load_image_folder",
    "load_pictures",
    "read_tree",
    "split_layout",
]
