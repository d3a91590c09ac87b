import { reactRouter } from "@react-router/dev/vite";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [tailwindcss(), reactRouter()],
  // Found later, a dependency makes Vite reload the page and running dynamic imports fail.
  optimizeDeps: { entries: ["app/**/*.{ts,tsx}"] },
  // Workspace packages ship TypeScript: they are bundled into the server build.
  ssr: { noExternal: [/^@rostrum\//] },
});
