"""The programs that the rules' actions run: one module for each program, and a folder for each thing they handle."""
