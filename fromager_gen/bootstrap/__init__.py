"""Bootstrap: requirements become a graph, by reading sources and by asking backends through Bazel, round by round."""
