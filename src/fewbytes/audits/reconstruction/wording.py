"""What is said of the figures, to those who answer for the data."""

from __future__ import annotations

from fewbytes.audits.finding import Claim

_COVERS = {
    "decoder": "Everyone who has the store as it is released and the codec it names, with its "
    "secret key where it has one. Nothing else is needed, no image and no skill.",
    "pseudo_inverse": "An attacker who knows the codec (with its secret key where it has one), but "
    "no image of the kind. Estimates are linear, and cut to 0..255.",
    "linear_estimate": "An attacker who knows the codec (with its secret key where it has one) and "
    "has other images of the kind, as many as the known half, but not those attacked. Estimates "
    "are linear, and cut to 0..255.",
    "pairs": "An attacker who has images together with their codes, as many as the known half, and "
    "knows neither codec nor key. Estimates are linear in the numbers that the codes hold, and cut "
    "to 0..255.",
    "learned": "An attacker who has images together with their codes, as many as the known half, "
    "and knows neither codec nor key: a small network, trained in seconds. Larger networks and "
    "more pairs reach more.",
}

_WHO = {
    "decoder": "Everyone who has the store, and the secret key where its codec has one,",
    "pseudo_inverse": "Who knows the codec, with its secret key where it has one, and no image of "
    "the kind,",
    "linear_estimate": "Who knows the codec, with its secret key where it has one, and has other "
    "images of the kind",
    "pairs": "Who has some of the images with their codes, and does not know the codec,",
    "learned": "Who has some of the images with their codes, and trains a network on them,",
}

_TITLES = {
    "decoder": "the codec's own decoder",
    "pseudo_inverse": "the codec's pseudo-inverse",
    "linear_estimate": "the codec and the covariance of images",
    "pairs": "known pairs, codec unknown",
    "learned": "a network trained on known pairs",
}


def claims(rung: str) -> dict[str, Claim]:
    """What is said of a rung's PSNR and SSIM."""
    who, title, covers = _WHO[rung], _TITLES[rung], _COVERS[rung]
    return {
        f"reconstruction.{rung}.psnr": Claim(
            title=f"Closeness of images rebuilt by {title} (PSNR)",
            unit="dB",
            disclosed=f"{who} can rebuild images at {{value}} ({{low}} to {{high}}); without their "
            "codes, the mean image gives {chance}. Higher is closer to the original.",
            not_shown=f"{who} got {{value}} ({{low}} to {{high}}) by this attack; without codes, "
            "the mean image gives {chance}.",
            covers=covers,
        ),
        f"reconstruction.{rung}.ssim": Claim(
            title=f"Likeness of images rebuilt by {title} (SSIM)",
            unit="",
            disclosed=f"{who} can rebuild images of a structural similarity of {{value}} ({{low}} "
            "to {high}) to the originals; the best guess without their codes reaches {chance}, an "
            "exact copy 1.",
            not_shown=f"{who} got a structural similarity of {{value}} ({{low}} to {{high}}) by "
            "this attack; the best guess without their codes reaches {chance}.",
            covers=covers,
        ),
    }


_NO_CODE = "No attacker: it is what can be had without any code, from other images of the kind."

MEAN_IMAGE = {
    "reconstruction.mean_image.psnr": Claim(
        title="Closeness of the mean image, without codes (PSNR)",
        unit="dB",
        described="The mean of other images of the kind, shown for every record alike, is at "
        "{value} ({low} to {high}). Codes disclose what goes beyond.",
        covers=_NO_CODE,
    ),
    "reconstruction.mean_image.ssim": Claim(
        title="Likeness of the mean image, without codes (SSIM)",
        unit="",
        described="The mean of other images of the kind, shown for every record alike, has a "
        "structural similarity of {value} ({low} to {high}) to the originals.",
        covers=_NO_CODE,
    ),
    "reconstruction.best_guess.ssim": Claim(
        title="Likeness of the best guess, without codes (SSIM)",
        unit="",
        described="The one picture that was found to be most alike to all images, shown for every "
        "record alike, has a structural similarity of {value} ({low} to {high}).",
        covers=_NO_CODE + " It is found by an ascent, which may miss a better one.",
    ),
}

FLOOR = {
    "reconstruction.floor": Claim(
        title="The most that linear attackers can reach, before cutting to 0..255 (PSNR)",
        unit="dB",
        described="Whoever estimates each pixel as a linear function of the codes, and leaves it "
        "at that, gets no closer than {value} (no less than {low}, no more than {high}) on average "
        "over such images, however much else is known. Cut to 0..255, which costs nothing and is "
        "done in the rows above, estimates get closer.",
        covers="Every attacker whose estimate is linear in the coefficients, before it is cut to "
        "0..255. It bounds all attackers only if images and codes were jointly Gaussian, which "
        "images are not: others, networks above all, can get closer, and do.",
    ),
}

AGREEMENT = {
    "reconstruction.agreement": Claim(
        title="Rebuilt images that a classifier reads as it reads their originals",
        unit="share",
        disclosed="A classifier reads {value} ({low} to {high}) of the rebuilt images as it reads "
        "their originals; without codes, {chance} is the best that a guess reaches.",
        not_shown="A classifier read {value} ({low} to {high}) of the rebuilt images as it reads "
        "their originals; without codes, a guess reaches {chance}.",
        covers="One classifier, trained on the known half, and the best of the attacks above, "
        "which may need the codec, its key, or known pairs. It is about what images are of, as the "
        "labels have it, and not about all that they show.",
    ),
}
