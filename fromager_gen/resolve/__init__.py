"""From requirements to a graph: which versions a collection and its build environments have.

Pure but for the index, which is asked through `lock`: what is known of sources comes in as `Facts`, what is not known
goes out as questions, and the caller asks again with the answers.
"""
