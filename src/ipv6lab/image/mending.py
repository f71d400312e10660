"""Look at every byte of an image, and put right what is not as it was built."""

from __future__ import annotations

from collections.abc import Callable

from ipv6lab.image import builder, store
from ipv6lab.image.telling import Progress
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

SHOWN = 20  # file names


def mend(progress: Progress, tell: Callable[[Message], None]) -> store.Image:
    """Compare the image of this version with its record; ``tell`` hears each file that differs.

    What was put into it is taken away. Where something of it has changed or gone, it is made anew
    from the packages that its build kept, without a network where all are there; labs that run on
    it keep the old tree. Returns the sound image. Raises LabError where that is not the caller's.
    """
    image = store.locate()
    wrong, strays = store.verify(image)
    for name in strays[:SHOWN]:
        tell(_("{file} does not belong to it.", file=f"{image.directory}/{name}"))
    for name in wrong[:SHOWN]:
        tell(_("{file} is not as it was built.", file=f"{image.directory}/{name}"))
    if wrong:
        if image.directory != store.own_directory():
            raise store.damaged(image.directory, wrong[0])
        return builder.build(progress, anew=True)
    if strays:
        try:
            store.remove_strays(image, strays)
        except OSError as error:
            raise LabError(
                "{file} cannot be removed ({reason}): run 'ipv6lab image verify' as the user who "
                "built the image.",
                file=f"{image.directory}/{strays[0]}",
                reason=error.strerror or str(error),
            ) from error
    return store.open_image(image.directory)
