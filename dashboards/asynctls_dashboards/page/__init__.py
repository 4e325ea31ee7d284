# SPDX-License-Identifier: Apache-2.0
"""asynctls html: one self-contained page to explore a recording with.

collect reads the database, pack makes bytes of it, build puts them into the page with style
and scripts.
"""
