"""Call the functions of a plugin that replace steps of a build."""
