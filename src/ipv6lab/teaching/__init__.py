"""What a trainer holds in her hands: slides and hand-outs, made of the course's own texts.

===========  ===================================================================
``deck``     what stands on which slide
``slides``   the deck as one HTML page with reveal.js in it
``sheet``    what stands on a hand-out
``handout``  the hand-out as HTML and on paper
===========  ===================================================================
"""
