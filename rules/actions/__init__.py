"""The programs that the rules' actions run: one module for each program, and a subpackage for each subject."""
