"""
The site: each claim as a card with its verdict, measurements and evidence.

`proofbook.cards.site` builds, serves and verifies it; `proofbook.cards.extension` is what
Python-Markdown loads. Both need the site's builders (MkDocs or Zensical), which the rest of
Proofbook does not, so this door imports neither.
"""
