"""Handwritten digits, read by a network of scalar neurons: ``python -m demos.digits``.

``problem.py`` has the images and the network, ``lesson.py`` trains it, compiled, and says what it
makes of images that it has not seen, ``pictures.py`` draws them.
"""
