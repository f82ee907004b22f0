"""The numbers of the sliding convolution, against SciPy and by hand (theory E6)."""

import io

import numpy as np
from PIL import Image
from scipy.signal import correlate
from small import SmallSources, looked_at

from gradus.figures import convolution
from gradus.figures.catalogue import common, texts


def test_every_output_is_the_sum_over_its_window() -> None:
    measured = convolution.measure(SmallSources())
    assert measured.claim
    slide = measured.drawn
    assert slide.x.shape == (7, 7, 3)
    assert slide.z.shape == (3, 3, 2)
    for j in range(2):
        everywhere = correlate(slide.x, slide.w[..., j], mode="valid")[..., 0] + slide.b[j]
        assert np.array_equal(slide.z[..., j], everywhere[::2, ::2])
    looked_at("convolution", measured)


def test_the_moving_picture_has_a_frame_for_each_output() -> None:
    measured = convolution.measure(SmallSources())
    labels = {**common("en"), **texts("convolution", "en").labels}
    with Image.open(io.BytesIO(convolution.animate(measured, labels))) as moving:
        assert getattr(moving, "n_frames", 1) == 18
