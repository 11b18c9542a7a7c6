package io.convlens.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The direction of imports, as ARCHITECTURE.md draws it. */
final class ArchitectureTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.convlens");

  @Test
  void importsPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("cli")
        .definedBy("io.convlens.cli..")
        .layer("report")
        .definedBy("io.convlens.report..")
        .layer("occlusion")
        .definedBy("io.convlens.occlusion..")
        .layer("activation")
        .definedBy("io.convlens.activation..")
        .layer("top")
        .definedBy("io.convlens.top..")
        .layer("gradient")
        .definedBy("io.convlens.gradient..")
        .layer("synthesis")
        .definedBy("io.convlens.synthesis..")
        .layer("evaluation")
        .definedBy("io.convlens.evaluation..")
        .layer("embed")
        .definedBy("io.convlens.embed..")
        .layer("filter")
        .definedBy("io.convlens.filter..")
        .layer("selftest")
        .definedBy("io.convlens.selftest..")
        .layer("render")
        .definedBy("io.convlens.render..")
        .layer("network")
        .definedBy("io.convlens.network..")
        .layer("image")
        .definedBy("io.convlens.image..")
        .layer("engine")
        .definedBy("io.convlens.engine..")
        .layer("window")
        .definedBy("io.convlens.window..")
        .layer("graph")
        .definedBy("io.convlens.graph..")
        .layer("device")
        .definedBy("io.convlens.device")
        .layer("cpu")
        .definedBy("io.convlens.device.cpu..")
        .layer("cuda")
        .definedBy("io.convlens.device.cuda..")
        .layer("tensor")
        .definedBy("io.convlens.tensor..")
        .layer("io")
        .definedBy("io.convlens.io..")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("cpu")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("cuda")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("report")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("occlusion")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("activation")
        .mayOnlyBeAccessedByLayers("top", "synthesis", "report", "cli")
        .whereLayer("top")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("gradient")
        .mayOnlyBeAccessedByLayers("evaluation", "report", "cli")
        .whereLayer("evaluation")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("synthesis")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("embed")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("filter")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("selftest")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("render")
        .mayOnlyBeAccessedByLayers("report", "cli")
        .whereLayer("network")
        .mayOnlyBeAccessedByLayers(
            "occlusion", "activation", "gradient", "synthesis", "evaluation", "report", "cli")
        .whereLayer("image")
        .mayOnlyBeAccessedByLayers("network", "render", "synthesis", "report", "cli")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers(
            "network", "occlusion", "activation", "top", "gradient", "synthesis", "cli")
        .whereLayer("window")
        .mayOnlyBeAccessedByLayers("engine")
        .whereLayer("graph")
        .mayOnlyAccessLayers("tensor", "io")
        .check(OURS);
    noClasses()
        .that()
        .resideInAPackage("io.convlens.device")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.convlens.engine..")
        .check(OURS);
    noClasses()
        .that()
        .resideInAPackage("io.convlens.io..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.convlens.tensor..")
        .check(OURS);
  }

  @Test
  void memoryOffTheHeapIsForTensorsAndDevices() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.convlens.tensor..", "io.convlens.device.cpu..", "io.convlens.device.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(OURS);
  }

  @Test
  void nvidiasBindingsAreForTheCudaDevice() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.convlens.device.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(OURS);
  }

  @Test
  void nobodyImportsTheCudaDevice() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.convlens.device.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.convlens.device.cuda..")
        .check(OURS);
  }

  @Test
  void nobodyImportsTheCpuDevice() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.convlens.device.cpu..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.convlens.device.cpu..")
        .check(OURS);
  }
}
