// Fills a GPU's memory and holds it until standard input closes: `fill KEEP_MIB` leaves so many
// MiB free. Plain allocations, largest first; it prints what is free then. No more than that.
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    size_t keep = (size_t)(count > 1 ? atol(arguments[1]) : 64) << 20;
    size_t free_bytes = 0, total = 0;
    for (size_t piece = (size_t)1 << 30; piece >= ((size_t)1 << 20);) {
        void *taken = NULL;
        if (cudaMemGetInfo(&free_bytes, &total) != cudaSuccess) {
            fprintf(stderr, "no GPU: %s\n", cudaGetErrorString(cudaGetLastError()));
            return 1;
        }
        if (free_bytes < keep + piece || cudaMalloc(&taken, piece) != cudaSuccess) {
            cudaGetLastError();
            piece /= 2;
        }
    }
    printf("%zu MiB free of %zu\n", free_bytes >> 20, total >> 20);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}
