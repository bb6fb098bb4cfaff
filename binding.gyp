# Builds through CMake, so that there is one list of sources and one set of flags. Used by `npm run binaries`
# (prebuildify); checkouts are built by scripts/setup.mjs.
{
  "targets": [
    {
      "target_name": "cmake",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/cmake/Release/god.node"],
          "action": ["node", "node_modules/cmake-js/bin/cmake-js", "compile", "--out", "build/cmake"]
        }
      ]
    },
    {
      "target_name": "god",
      "type": "none",
      "dependencies": ["cmake"],
      "copies": [{ "files": ["build/cmake/Release/god.node"], "destination": "<(PRODUCT_DIR)" }]
    }
  ]
}
