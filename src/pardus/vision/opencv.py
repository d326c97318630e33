"""OpenCV, without its type stubs: they change between versions and call every picture a `Mat`."""

from __future__ import annotations

from typing import Any

import cv2 as _cv2

cv2: Any = _cv2
