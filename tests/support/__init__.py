"""What several tests share: made-up graphs, archives and sources, servers on this machine, and runs of the program."""
