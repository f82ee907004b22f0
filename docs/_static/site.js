// A browser does not let a page read its neighbours from a folder, so the search shows no excerpts there.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
